import { waitAtMost } from '../../common/base/retry.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import type { Logger } from '../../common/base/logger.ts';
import { applied, parseClaim, claimStatus } from './claims.ts';
import type { Claim, ClaimStatus } from './claims.ts';
import { RecentKeys } from './recent-keys.ts';

const HOUR_MS = 3_600_000;
const KEEP_MS = 24 * HOUR_MS;
/** Each takes 16 bytes, and room to grow: 400 MB at the worst. */
const KEYS_MAX = 10_000_000;

/**
 * Claims that the topic holds for the keys of the last 24 hours, and the callers that wait for more
 * of it.
 */
export class ClaimTable {
  private readonly logger: Logger;
  private readonly done = new RecentKeys(KEEP_MS, KEYS_MAX);
  /** Claimed or failed. */
  private readonly open = new Map<string, Claim>();
  private readonly claimants = new Map<string, (status: ClaimStatus) => void>();
  private readonly watchers = new Map<string, Set<() => void>>();
  private hour = 0;

  constructor(logger: Logger) {
    this.logger = logger;
  }

  /** Returns the state of a key; undefined when the key is unknown or has expired. */
  get(key: string): Pick<Claim, 'state' | 'fingerprint'> | undefined {
    // Where keys are rare, no record may have been read since yesterday.
    this.forgetOld(Date.now());
    const fingerprint = this.done.get(key);
    return fingerprint === undefined ? this.open.get(key) : { state: 'done', fingerprint };
  }

  /** Takes a record of the topic. */
  read({ key, value, timestampMs: atMs, partition, offset }: LogRecord): void {
    const record = value === null ? null : parseClaim(value.toString());
    if (key === null || record === null) {
      this.logger.error({ partition, offset }, 'idempotency.record-not-understood');
      return;
    }
    if (atMs > Date.now() - KEEP_MS) this.apply(key, { ...record, atMs });
  }

  /** Registers the maker of a claim before the claim is written. */
  expect(by: string): Promise<ClaimStatus> {
    const { promise, resolve } = Promise.withResolvers<ClaimStatus>();
    this.claimants.set(by, resolve);
    return promise;
  }

  expectNoMore(by: string): void {
    this.claimants.delete(by);
  }

  /** Resolves when something has become of the claim that holds, or after some time. */
  async change(key: string, withinMs: number): Promise<void> {
    if (this.get(key)?.state !== 'claimed') return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const watchers = this.watchers.get(key) ?? new Set();
    this.watchers.set(key, watchers.add(resolve));
    await waitAtMost(promise, withinMs);
    watchers.delete(resolve);
    if (watchers.size === 0) this.watchers.delete(key);
  }

  private apply(key: string, record: Claim): void {
    const known = this.get(key);
    const before = known?.state === 'done' ? { ...record, ...known } : this.open.get(key);
    const holding = applied(before, record);
    if (record.state === 'claimed') this.claimants.get(record.by)?.(claimStatus(holding, record));
    if (holding === before) return;
    if (holding.state === 'done') {
      this.done.add(key, holding.fingerprint, holding.atMs);
      this.open.delete(key);
    } else {
      this.open.set(key, holding);
    }
    this.watchers.get(key)?.forEach((wake) => wake());
  }

  /** Removes old keys once an hour: nothing depends on the exact time. */
  private forgetOld(nowMs: number): void {
    const hour = Math.floor(nowMs / HOUR_MS);
    if (hour === this.hour) return;
    this.hour = hour;
    if (!this.done.forget(nowMs)) this.logger.warn({ keys: KEYS_MAX }, 'idempotency.too-many-keys');
    for (const [key, { atMs }] of this.open) if (atMs < nowMs - KEEP_MS) this.open.delete(key);
  }
}
