import { attemptsPartitionOf, parseAttempts } from '../../common/model/attempt.ts';
import type { Attempt } from '../../common/model/attempt.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';

/**
 * Deliveries that are in the log of attempts and that no commit knew of when their owner died. The
 * next owner of the partition does not make them again.
 */
export class DeliveredBefore {
  /** Time from which on the log of attempts was read, ms since 1970; Infinity: it was not. */
  readonly sinceMs: number;
  /** When each offset was delivered, ms since 1970, by endpoint. */
  private readonly byEndpoint = new Map<string, Map<number, number>>();
  private lastOffset = -1;

  constructor(sinceMs = Infinity) {
    this.sinceMs = sinceMs;
  }

  get count(): number {
    return this.byEndpoint.values().reduce((sum, { size }) => sum + size, 0);
  }

  add(offset: number, endpoint: string, atMs: number): void {
    let offsets = this.byEndpoint.get(endpoint);
    if (!offsets) this.byEndpoint.set(endpoint, (offsets = new Map()));
    offsets.set(offset, atMs);
    this.lastOffset = Math.max(this.lastOffset, offset);
  }

  /**
   * Forgets what an endpoint was sent before a time, because its cursor was moved and the
   * deliveries are wanted again.
   */
  forgetBefore(endpoint: string, atMs: number): void {
    const offsets = this.byEndpoint.get(endpoint);
    for (const [offset, madeAtMs] of offsets ?? []) if (madeAtMs < atMs) offsets?.delete(offset);
  }

  /** Returns the delivered offsets of an endpoint from an offset on, ascending. */
  rangesOf(endpoint: string, from: number): readonly OffsetRange[] {
    const offsets = [...(this.byEndpoint.get(endpoint)?.keys() ?? [])];
    return offsets
      .filter((offset) => offset >= from)
      .sort((a, b) => a - b)
      .map((start) => ({ start, end: start + 1 }));
  }

  has(offset: number, endpoint: string): boolean {
    return offset <= this.lastOffset && (this.byEndpoint.get(endpoint)?.has(offset) ?? false);
  }

  /** Whether it may still be of use where everything before an offset is finished. */
  isNeededAt(offset: number): boolean {
    return offset <= this.lastOffset;
  }
}

/** A partition whose owner died. */
export interface Orphan {
  readonly topic: string;
  readonly partition: number;
  /**
   * Lower bound for the time of the attempts at deliveries that the commit leaves unfinished, ms
   * since 1970.
   */
  readonly sinceMs: number;
}

interface Deps {
  readonly reader: Pick<PartitionReader, 'read'>;
  /** The first offset of each partition of that topic that was written at a time or later. */
  readonly attemptsAt: (atMs: number) => Promise<ReadonlyMap<number, number>>;
  readonly topic: string;
  readonly partitions: number;
}

/** A record's time is that of its batch in the producer: the clock may have been set meanwhile. */
const CLOCK_MARGIN_MS = 1_000;
const READ_BYTES = 1024 ** 2;
/**
 * Limit for reading the log of attempts, in bytes. The deliveries beyond are made again, which is
 * better than to hold up the partition for long.
 */
const BYTES_MAX = 64 * 1024 ** 2;

/**
 * Reads what was delivered of some partitions, and no commit knew of.
 *
 * @returns by `topic/partition`
 * @throws BrokerUnavailableError
 */
export async function readDelivered(
  { reader, attemptsAt, topic, partitions }: Deps,
  orphans: readonly Orphan[],
): Promise<ReadonlyMap<string, DeliveredBefore>> {
  const found = new Map(
    orphans.map((one) => [`${one.topic}/${one.partition}`, new DeliveredBefore(one.sinceMs)]),
  );
  const take = ({ state, topic, partition, offset, subscription, at }: Attempt): void => {
    // Other states do not count: the attempt may be logged although the record that should follow
    // is missing.
    if (state !== 'delivered') return;
    const delivered = found.get(`${topic}/${partition}`);
    // An older one is committed, or of a log of this name that is gone.
    if (!delivered || at < delivered.sinceMs) return;
    delivered.add(offset, subscription ?? DEFAULT_ENDPOINT_ID, at);
  };
  const logs = Map.groupBy(orphans, (one) => attemptsPartitionOf(one.partition, partitions));
  for (const [partition, own] of logs) {
    const sinceMs = Math.min(...own.map((one) => one.sinceMs));
    const starts = await attemptsAt(Math.max(0, sinceMs - CLOCK_MARGIN_MS));
    let offset = starts.get(partition) ?? 0;
    for (let bytes = 0; bytes < BYTES_MAX;) {
      const read = await reader.read({ topic, partition, offset, maxBytes: READ_BYTES });
      for (const { value } of read.records) {
        bytes += value?.length ?? 0;
        for (const attempt of parseAttempts(String(value ?? ''))) take(attempt);
      }
      if (read.readTo <= offset) break;
      offset = read.readTo;
    }
  }
  return found;
}
