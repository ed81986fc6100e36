import { setImmediate as turn } from 'node:timers/promises';
import { ConfigError, messageOf } from '../base/errors.ts';
import { withDeadline } from '../base/loaded.ts';
import { sharedRuns } from '../base/shared-runs.ts';
import type { Logger } from '../base/logger.ts';
import type { KafkaConnection } from '../kafka/client/connection.ts';
import { followTopic } from '../kafka/consume/follow-topic.ts';
import type { FollowedTopic } from '../kafka/consume/follow-topic.ts';
import type { OutgoingRecord, Publisher, RecordBatch } from '../kafka/ports.ts';
import { HEADER } from '../model/delivery.ts';
import type { BodyKeys, BodyRecord, BodyState } from './body-keys.ts';
import { KEY_HEADER, KeyTable } from './key-table.ts';
import { isSealed, seal, unseal, userOf } from './sealed-body.ts';
import { formatName, formatSeed, newSeed, partitionOfName } from './user-key.ts';
import type { MasterKey } from './user-key.ts';
import type { Words } from './seed-table.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly publisher: Pick<Publisher, 'publish'>;
  readonly topic: string;
  readonly partitions: number;
  readonly master: MasterKey;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/**
 * A process uses what it knew of the keys at most so long ago, in ms. An erasure is answered after
 * that time: nobody uses the key any more then.
 */
export const LEASE_MS = 3_000;
/** Well within the lease, so that nobody waits for it. */
const REFRESH_MS = 700;
const DEADLINE_MS = 5_000;
const WHAT = 'the keys of users';
/** Bodies that are encrypted in one turn of the event loop. */
const SEALED_AT_ONCE = 500;
/** Separates the id of the key from the text; in none of the two. */
const SEPARATOR = '.';

/**
 * The keys of users, as the topic has them. A new user's key is the first one in the log: who
 * makes one reads the log back before the key is used, so all processes use the same.
 */
export class UserKeys implements BodyKeys {
  private readonly deps: Deps;
  private readonly table: KeyTable;
  private reader: FollowedTopic | null = null;
  private timer: NodeJS.Timeout | undefined;
  /** Keys that are being made, by user. */
  private readonly making = new Map<string, Promise<void>>();
  private readonly listeners: (() => void)[] = [];
  private readonly nextReading = sharedRuns(() => this.readAll());
  /** When the last complete reading began, in ms of `performance.now()`. */
  private checkedAtMs = -Infinity;
  private cuts = 0;

  private constructor(deps: Deps) {
    this.deps = deps;
    this.table = new KeyTable(deps.master);
  }

  /** Reads all keys. @throws ConfigError they were made under another SECRET_KEY */
  static async open(deps: Deps): Promise<UserKeys> {
    const keys = new UserKeys(deps);
    try {
      const { kafka, topic, logger, onFatal } = deps;
      const onBatch = (batch: RecordBatch) => keys.read(batch);
      keys.reader = await followTopic({ kafka, topic, logger, onFatal, onBatch });
      await keys.readAll();
      if (keys.table.isOfOtherMaster) throw otherMaster(topic);
      keys.timer = setInterval(() => void keys.catchUp().catch(() => {}), REFRESH_MS);
      return keys;
    } catch (error) {
      await keys.close();
      throw error;
    }
  }

  get isFresh(): boolean {
    return performance.now() - this.checkedAtMs < LEASE_MS;
  }

  stateOf(record: BodyRecord): BodyState {
    const id = record.headers[HEADER.userKey];
    if (id === undefined) return 'plain';
    if (this.table.isGone(id)) return 'erased';
    return this.keyFor(record, id) ? 'open' : 'unknown';
  }

  async settle(records: readonly BodyRecord[]): Promise<void> {
    // Most records are not encrypted, or under keys that are known.
    const isUnsure = (record: BodyRecord) => isSealed(record) && !this.isFresh;
    const unknown = records.filter((record) => this.stateOf(record) === 'unknown');
    if (unknown.length === 0 && !records.some(isUnsure)) return;
    await this.catchUp();
    // A key is in the topic before any record that is encrypted under it.
    for (const record of unknown) {
      const id = record.headers[HEADER.userKey];
      if (id !== undefined && !this.keyFor(record, id)) this.table.addGone(id);
    }
  }

  open(record: BodyRecord): Buffer | null {
    const { value } = record;
    const id = record.headers[HEADER.userKey];
    if (id === undefined || value === null) return value;
    return this.decrypted(value, record, id);
  }

  sealed(records: readonly OutgoingRecord[]) {
    return records.some(isToSeal) ? this.sealAll(records) : records;
  }

  sealText(text: () => string, record: Pick<BodyRecord, 'key' | 'headers'>): string | null {
    const user = userOf(record);
    if (user === null) return null;
    const key = this.table.keyOf(user);
    // A text of a delivery under a former key must not come back to life under the next one.
    const isFormer = isSealed(record) && key?.id !== record.headers[HEADER.userKey];
    return key && !isFormer
      ? key.id + SEPARATOR + seal(text(), record, key).toString('base64')
      : '';
  }

  openText(sealed: string, record: Pick<BodyRecord, 'key' | 'headers'>): string | null {
    const [id = '', text = ''] = sealed.split(SEPARATOR);
    return this.decrypted(Buffer.from(text, 'base64'), record, id)?.toString() ?? null;
  }

  onErased(listener: () => void): void {
    this.listeners.push(listener);
  }

  /** The partition of the topic in which a user's seed is. */
  partitionOf(user: string): number {
    return partitionOfName(this.table.nameOf(user), this.deps.partitions);
  }

  /** Reads all that is in the topic, and returns what an erasure needs to know and to write. */
  async look(user: string) {
    await this.catchUp();
    const { table, deps } = this;
    const { topic, partitions } = deps;
    const name = table.nameOf(user);
    const partition = this.partitionOf(user);
    const copyHeaders = { [KEY_HEADER.copy]: '1' };
    return {
      key: table.keyOf(user),
      /** Offset up to where the last erasure was to delete the partition; 0: there was none. */
      deleteBefore: table.deleteBefore(partition),
      /** The record that destroys the key; everything before the offset is deleted then. */
      erasure(deleteBefore: number): OutgoingRecord {
        const headers = { [KEY_HEADER.deleteBefore]: String(deleteBefore) };
        return { topic, partition, key: formatName(name), value: null, headers };
      },
      /** Copies of all other seeds of the partition. */
      copies(): OutgoingRecord[] {
        const others = [...table.seedsIn(partition, partitions, name)];
        return others.map(([other, seed]) => {
          return { ...seedRecord(deps, other, seed), headers: copyHeaders };
        });
      },
    };
  }

  async close(): Promise<void> {
    clearInterval(this.timer);
    await this.reader?.close();
  }

  private async sealAll(records: readonly OutgoingRecord[]): Promise<readonly OutgoingRecord[]> {
    const users = new Set(records.flatMap((one) => (isToSeal(one) ? (one.key ?? []) : [])));
    await this.ensure(users);
    const all: OutgoingRecord[] = [];
    for (const record of records) {
      if (all.length > 0 && all.length % SEALED_AT_ONCE === 0) await turn();
      all.push(isToSeal(record) ? await this.sealOne(record) : record);
    }
    return all;
  }

  private async sealOne(record: OutgoingRecord): Promise<OutgoingRecord> {
    const { key: user, value } = record;
    if (user === null || value === null) return record;
    let key = this.table.keyOf(user);
    // An erasure has come in between: the user gets a new key.
    for (; !key; key = this.table.keyOf(user)) await this.ensure(new Set([user]));
    const headers = { ...record.headers, [HEADER.userKey]: key.id };
    return { ...record, headers, value: seal(value, record, key) };
  }

  /** Resolves when each user has a key that holds. @throws BrokerUnavailableError */
  private async ensure(users: ReadonlySet<string>): Promise<void> {
    if (!this.isFresh) await this.catchUp();
    for (;;) {
      const missing = [...users].filter((user) => !this.table.keyOf(user));
      if (missing.length === 0) return;
      await Promise.all(missing.map((user) => this.make(user)));
      await this.catchUp();
    }
  }

  private make(user: string): Promise<void> {
    const known = this.making.get(user);
    if (known) return known;
    const { topic, partitions, publisher, master } = this.deps;
    const name = this.table.nameOf(user);
    const record = seedRecord({ topic, partitions, master }, name, newSeed());
    const made = publisher.publish(record, DEADLINE_MS).finally(() => this.making.delete(user));
    this.making.set(user, made);
    return made;
  }

  /** @returns null: the key is not here, or what was encrypted was changed or copied elsewhere */
  private decrypted(sealed: Buffer, record: Pick<BodyRecord, 'key' | 'headers'>, id: string) {
    const key = this.keyFor(record, id);
    if (!key) return null;
    try {
      return unseal(sealed, record, key);
    } catch (error) {
      this.deps.logger.warn({ key: id, err: messageOf(error) }, 'user-keys.not-decrypted');
      return null;
    }
  }

  private keyFor({ key: user }: Pick<BodyRecord, 'key'>, id: string) {
    const key = user === null ? null : this.table.keyOf(user);
    return key?.id === id ? key : null;
  }

  /** Resolves when all that is in the topic at the time of the call has been read. */
  private catchUp(): Promise<void> {
    return withDeadline(this.nextReading(), WHAT, DEADLINE_MS);
  }

  private async readAll(): Promise<void> {
    // Where an erasure cuts the log before our position, what was cut lies copied behind the end
    // that was to be read.
    for (let cuts = -1; cuts !== this.cuts;) {
      cuts = this.cuts;
      const askedAtMs = performance.now();
      await this.reader?.caughtUp();
      if (cuts === this.cuts) this.checkedAtMs = askedAtMs;
    }
  }

  private read({ records, partition, topic }: RecordBatch): void {
    if (records.length === 0) this.cuts += 1;
    let hasErased = false;
    for (const record of records) hasErased = this.table.apply(record) || hasErased;
    if (this.table.isOfOtherMaster) this.deps.onFatal(otherMaster(topic));
    if (!hasErased) return;
    this.deps.logger.debug({ partition }, 'user-keys.erased');
    for (const listener of this.listeners) listener();
  }
}

/** The record that gives a user's name its seed. */
export function seedRecord(
  { topic, partitions, master }: Pick<Deps, 'topic' | 'partitions' | 'master'>,
  name: Words,
  seed: Words,
): OutgoingRecord {
  const partition = partitionOfName(name, partitions);
  const value = formatSeed(name, seed, master);
  return { topic, partition, key: formatName(name), value, headers: {} };
}

function isToSeal(record: OutgoingRecord): boolean {
  const { value, headers } = record;
  if (value === null || headers[HEADER.id] === undefined || isSealed(record)) return false;
  return userOf(record) !== null;
}

function otherMaster(topic: string): ConfigError {
  return new ConfigError([
    `SECRET_KEY=(hidden): the keys in ${topic} were made under another one; ` +
      'allowed: that one, as nothing could be decrypted without it',
  ]);
}
