/** A broker's answer to each batch of a produce request. */
export interface ProduceAnswer {
  /** Error codes by topic and partition, as `topic/partition`; 0: the batch is written. */
  readonly codes: ReadonlyMap<string, number>;
  /** How long the broker asks the client to send nothing on this connection, ms. */
  readonly throttleMs: number;
}

/** First version whose answer names the start of the log as well. */
const VERSION_WITH_LOG_START = 5;

/**
 * Decodes the answer to a produce request of version 3 to 7.
 *
 * @param bytes what follows the correlation id
 * @throws RangeError the answer ends within a field
 * @see https://kafka.apache.org/protocol#The_Messages_Produce
 */
export function decodeProduceAnswer(bytes: Buffer, version: number): ProduceAnswer {
  const codes = new Map<string, number>();
  const afterCode = 8 + 8 + (version >= VERSION_WITH_LOG_START ? 8 : 0);
  let at = 4;
  for (let topics = bytes.readInt32BE(0); topics > 0; topics -= 1) {
    const nameEnd = at + 2 + bytes.readInt16BE(at);
    const topic = bytes.toString('utf8', at + 2, nameEnd);
    at = nameEnd + 4;
    for (let partitions = bytes.readInt32BE(nameEnd); partitions > 0; partitions -= 1) {
      codes.set(partitionName(topic, bytes.readInt32BE(at)), bytes.readInt16BE(at + 4));
      at += 4 + 2 + afterCode;
    }
  }
  return { codes, throttleMs: bytes.readInt32BE(at) };
}

export function partitionName(topic: string, partition: number): string {
  return `${topic}/${partition}`;
}

/**
 * Meaning of a broker's answer for a batch.
 * - written: it is in the log, now or since an earlier request
 * - record-refused: the broker takes one of its records under no circumstances
 * - renumber: the batch is not in the log, and the broker expects other numbers
 * - again: its outcome is unknown, or it may be taken later: the same batch under the same numbers
 */
export type Verdict = 'written' | 'record-refused' | 'renumber' | 'again';

const VERDICTS: ReadonlyMap<number, Verdict> = new Map([
  [0, 'written'],
  // DUPLICATE_SEQUENCE_NUMBER
  [46, 'written'],
  // MESSAGE_TOO_LARGE, RECORD_LIST_TOO_LARGE, INVALID_RECORD
  [10, 'record-refused'],
  [18, 'record-refused'],
  [87, 'record-refused'],
  // OUT_OF_ORDER_SEQUENCE_NUMBER, INVALID_PRODUCER_EPOCH, UNKNOWN_PRODUCER_ID
  [45, 'renumber'],
  [47, 'renumber'],
  [59, 'renumber'],
]);

export function verdictOf(code: number): Verdict {
  return VERDICTS.get(code) ?? 'again';
}
