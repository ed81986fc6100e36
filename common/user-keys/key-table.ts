import type { LogRecord } from '../kafka/log-record.ts';
import { SeedTable } from './seed-table.ts';
import type { Words } from './seed-table.ts';
import {
  deriveKey,
  isOfMaster,
  nameOf,
  parseName,
  parseSeed,
  partitionOfName,
} from './user-key.ts';
import type { MasterKey, UserKey } from './user-key.ts';

/** Headers of the topic of user keys. */
export const KEY_HEADER = {
  /** Present: a copy by an erasure, which counts whatever was read before. */
  copy: 'copy',
  /** In the record of an erasure: up to which offset the log is deleted, itself left out. */
  deleteBefore: 'delete-before',
} as const;

/** Keys that are derived at a time; further ones are derived again when they are needed. */
const KEYS_MAX = 50_000;
/** Ids of destroyed keys that are remembered; any other is found out again. */
const GONE_MAX = 10_000;

/** The topic of user keys in memory. */
export class KeyTable {
  /** Whether the seeds were written under another SECRET_KEY, or by a later version. */
  isOfOtherMaster = false;
  private readonly master: MasterKey;
  private readonly seeds = new SeedTable();
  /** By user. */
  private readonly keys = new Map<string, UserKey>();
  private readonly gone = new Set<string>();
  /** By partition. */
  private readonly deletedBefore = new Map<number, number>();
  private readonly checked = new Set<number>();

  constructor(master: MasterKey) {
    this.master = master;
  }

  nameOf(user: string): Words {
    return nameOf(user, this.master);
  }

  keyOf(user: string): UserKey | null {
    const known = this.keys.get(user);
    if (known) return known;
    const name = this.nameOf(user);
    const seed = this.seeds.get(name);
    if (!seed) return null;
    const key = deriveKey(name, seed, this.master);
    if (this.keys.size >= KEYS_MAX) this.keys.clear();
    this.keys.set(user, key);
    return key;
  }

  /** Whether a key is known to be destroyed. */
  isGone(id: string): boolean {
    return this.gone.has(id);
  }

  addGone(id: string): void {
    const [oldest] = this.gone;
    if (oldest !== undefined && this.gone.size >= GONE_MAX) this.gone.delete(oldest);
    this.gone.add(id);
  }

  deleteBefore(partition: number): number {
    return this.deletedBefore.get(partition) ?? 0;
  }

  /** The seeds of a partition, without that of one name. */
  *seedsIn(
    partition: number,
    partitions: number,
    without: Words,
  ): Generator<readonly [name: Words, seed: Words]> {
    for (const entry of this.seeds.entries()) {
      const [name] = entry;
      const isOther = name.some((word, index) => word !== without[index]);
      if (isOther && partitionOfName(name, partitions) === partition) yield entry;
    }
  }

  /** Takes a record of the topic. @returns whether it has destroyed a key */
  apply({ key, value, headers, partition }: LogRecord): boolean {
    const name = key === null ? null : parseName(key);
    if (!name) return false;
    if (value === null) return this.erase(name, partition, headers[KEY_HEADER.deleteBefore]);
    const seed = parseSeed(value);
    if (!seed || !this.isOurs(name, value, partition)) {
      this.isOfOtherMaster = true;
      return false;
    }
    const isCopy = headers[KEY_HEADER.copy] !== undefined;
    const before = this.seeds.get(name);
    // The first one counts: somebody may have used it already.
    if (before && (!isCopy || String(before) === String(seed))) return false;
    this.seeds.set(name, seed);
    if (before) this.keys.clear();
    return false;
  }

  private erase(name: Words, partition: number, deleteBefore: string | undefined): boolean {
    this.deletedBefore.set(partition, Number(deleteBefore ?? 0));
    const seed = this.seeds.get(name);
    if (!seed) return false;
    this.addGone(deriveKey(name, seed, this.master).id);
    this.seeds.delete(name);
    this.keys.clear();
    return true;
  }

  /** Looks at the first one of each partition only, as there may be millions. */
  private isOurs(name: Words, value: Buffer, partition: number): boolean {
    if (this.checked.has(partition)) return true;
    this.checked.add(partition);
    return isOfMaster(name, value, this.master);
  }
}
