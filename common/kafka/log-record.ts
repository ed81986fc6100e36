/** Where a record lies in the log. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** A record as our Kafka layer hands it out: bytes copied or owned, headers as text. */
export interface LogRecord extends Position {
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
  /** ms since 1970, set when the record was written. */
  readonly timestampMs: number;
  /** Present: not a record; it stands for the records of a batch that cannot be read. */
  readonly undecodable?: UndecodableBatch;
}

/** Offsets of a batch that cannot be read, both included, and why. */
export interface UndecodableBatch {
  readonly firstOffset: number;
  readonly lastOffset: number;
  readonly reason: string;
}

/** One line for people: which offsets, and why they cannot be read. */
export function describeUndecodable(batch: UndecodableBatch): string {
  const { firstOffset, lastOffset, reason } = batch;
  return `the batch of offsets ${firstOffset} to ${lastOffset} cannot be read (${reason})`;
}
