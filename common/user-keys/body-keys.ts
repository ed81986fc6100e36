import type { LogRecord } from '../kafka/log-record.ts';
import type { PartitionReader } from '../kafka/consume/partition-reader.ts';
import type { OutgoingRecord, TransactionalWriter } from '../kafka/ports.ts';
import { isSealed } from './sealed-body.ts';

/** The parts of a record that say whose body it is. */
export type BodyRecord = Pick<LogRecord, 'key' | 'value' | 'headers'>;

/**
 * `plain`: not encrypted. `open`: its key is here. `unknown`: its key may not have been read yet.
 * `erased`: its key was destroyed. `locked`: encrypted, and USER_KEYS is off in this process.
 */
export type BodyState = 'plain' | 'open' | 'unknown' | 'erased' | 'locked';

/** Reason that a delivery ends with when its user has been erased. */
export const ERASED = 'erased: the user was erased, and the key of the body with it';
export const LOCKED =
  'the body is encrypted under the key of its user, and USER_KEYS is off in this process';

/** Encrypts and decrypts bodies under the keys of their users. */
export interface BodyKeys {
  /** False while the keys may have changed without this process knowing. */
  readonly isFresh: boolean;
  stateOf(record: BodyRecord): BodyState;
  /**
   * Resolves when none of the records is `unknown` any more.
   *
   * @throws BrokerUnavailableError
   */
  settle(records: readonly BodyRecord[]): Promise<void>;
  /** The body as it is sent; null: the record has none, or it cannot be read. */
  open(record: BodyRecord): Buffer | null;
  /**
   * Encrypts the bodies of deliveries that have a user and are not encrypted yet; a new user gets a
   * key. Other records stay as they are.
   *
   * @throws BrokerUnavailableError
   */
  sealed(
    records: readonly OutgoingRecord[],
  ): readonly OutgoingRecord[] | Promise<readonly OutgoingRecord[]>;
  /**
   * Encrypts a text about a delivery, which is made only when it is needed; null: there is no user.
   * Empty: the user has no key.
   */
  sealText(text: () => string, record: Pick<BodyRecord, 'key' | 'headers'>): string | null;
  /** Decrypts what `sealText` made; null: it cannot be read. */
  openText(sealed: string, record: Pick<BodyRecord, 'key' | 'headers'>): string | null;
  /** @param listener is called when a user has been erased */
  onErased(listener: () => void): void;
}

/** Stands for USER_KEYS=off: nothing is encrypted. */
export const NO_USER_KEYS: BodyKeys = {
  isFresh: true,
  stateOf: (record) => (isSealed(record) ? 'locked' : 'plain'),
  settle: () => Promise.resolve(),
  open: (record) => (isSealed(record) ? null : record.value),
  sealed: (records) => records,
  sealText: () => null,
  openText: () => null,
  onErased: () => {},
};

/** A record as it is taken: refused where this process has no keys to read its body with. */
export function refusingLocked(record: LogRecord, keys: Pick<BodyKeys, 'stateOf'>): LogRecord {
  return keys.stateOf(record) === 'locked' ? { ...record, refused: LOCKED } : record;
}

/**
 * Returns records as they are taken, once it is known whether the keys of their bodies are there.
 *
 * @throws BrokerUnavailableError
 */
export async function settled(
  records: readonly LogRecord[],
  keys: Pick<BodyKeys, 'stateOf' | 'settle'>,
): Promise<readonly LogRecord[]> {
  await keys.settle(records);
  return records.map((record) => refusingLocked(record, keys));
}

/** Why the body of a record is gone; null: it is not, or its key is still to be looked for. */
export function whyErased(record: BodyRecord, keys: Pick<BodyKeys, 'stateOf'>): string | null {
  return keys.stateOf(record) === 'erased' ? ERASED : null;
}

/** Returns a record with its body as it is sent; null: the body cannot be read. */
export function opened(record: LogRecord, keys: Pick<BodyKeys, 'open'>): LogRecord | null {
  if (!isSealed(record)) return record;
  const value = keys.open(record);
  return value && { ...record, value };
}

/** `opened` with the keys of a process. */
export function opening(keys: Pick<BodyKeys, 'open'>): (record: LogRecord) => LogRecord | null {
  return (record) => opened(record, keys);
}

/** A writer that encrypts the bodies of the deliveries among its records. */
export function sealing(
  writer: TransactionalWriter,
  keys: Pick<BodyKeys, 'sealed'>,
): TransactionalWriter {
  return {
    fence: () => writer.fence(),
    write: async (records) => writer.write(await keys.sealed(records)),
    close: () => writer.close(),
  };
}

/** A reader that hands records out as `settled` does. */
export function knowingKeys(reader: PartitionReader, keys: BodyKeys): PartitionReader {
  return {
    async read(at) {
      const read = await reader.read(at);
      return { ...read, records: await settled(read.records, keys) };
    },
    close: () => reader.close(),
  };
}
