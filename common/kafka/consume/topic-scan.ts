import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { LogRecord } from '../log-record.ts';
import { BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { scanWindow } from './scan-window.ts';
import type { Window } from './scan-window.ts';
import { joinGroup } from './group.ts';
import { fetchHighWatermarks } from '../admin/high-watermarks.ts';
import type { Group, GroupHandlers, RecordBatch } from '../ports.ts';

interface Deps {
  readonly kafka: KafkaConnection;
  readonly topic: string;
  /** First offset to read by partition; default: the log's start. */
  readonly from?: ReadonlyMap<number, number>;
  /**
   * Offset after the last one to read, by partition; default: the end at the time of the call,
   * where transactions that are open then are waited for.
   */
  readonly to?: ReadonlyMap<number, number>;
  readonly logger: Logger;
}

/**
 * Limits of the bytes that wait for a slow reader: fetching stops above the first and goes on below
 * the second.
 */
const WAITING_BYTES_MAX = 8 * 1024 ** 2;
const WAITING_BYTES_LOW = WAITING_BYTES_MAX / 2;
/**
 * Rough size of a record beside its value, in bytes: offsets, headers and the objects themselves.
 */
const RECORD_OVERHEAD_BYTES = 300;
/** Time without records after which retention may have deleted the rest of the window, in ms. */
const SILENCE_MS = 3_000;

/**
 * Reads a window of a topic (committed transactions only) and ends. Nothing is committed, nobody
 * is shared with, and however slowly the batches are taken, memory stays bounded.
 *
 * @returns batches in offset order within a partition; the last one of a partition has `readTo`
 *          at the window's end, though it may hold no record (transaction markers)
 * @throws BrokerUnavailableError
 */
export async function* scanTopic(deps: Deps): AsyncGenerator<RecordBatch> {
  const windows = scanWindow(await loadBounds(deps), deps);
  if (windows.size === 0) return;
  const scan = new Scan(deps, windows);
  try {
    await scan.start();
    for (;;) {
      const batch = await scan.next();
      if (!batch) return;
      yield batch;
    }
  } finally {
    await scan.close();
  }
}

class Scan implements GroupHandlers {
  private readonly deps: Deps;
  /** Partitions that are not yet read to their end. */
  private readonly windows: Map<number, Window>;
  private readonly waiting: RecordBatch[] = [];
  private waitingBytes = 0;
  private isHolding = false;
  private failure: { readonly error: unknown } | null = null;
  private group: Group | null = null;
  private news = Promise.withResolvers<void>();

  constructor(deps: Deps, windows: Map<number, Window>) {
    this.deps = deps;
    this.windows = windows;
  }

  async start(): Promise<void> {
    const { kafka, topic, logger } = this.deps;
    this.group = await joinGroup({
      kafka,
      groupId: `${kafka.clientId}-scan-${randomUUID()}`,
      topics: [topic],
      handlers: this,
      logger,
      onFatal: (error) => {
        this.failure = { error };
        this.news.resolve();
      },
    });
  }

  /** The next batch; null at the end of the window. */
  async next(): Promise<RecordBatch | null> {
    for (;;) {
      const batch = this.waiting.shift();
      if (batch) {
        this.waitingBytes -= bytesOf(batch.records);
        if (this.isHolding && this.waitingBytes <= WAITING_BYTES_LOW) this.fetchOn();
        return batch;
      }
      if (this.failure) throw unavailable(this.deps.topic, this.failure.error);
      if (this.windows.size === 0) return null;
      this.news = Promise.withResolvers<void>();
      const cancel = new AbortController();
      const silence = sleep(SILENCE_MS, 'silence', { signal: cancel.signal }).catch(() => '');
      const heard = await Promise.race([this.news.promise, silence]);
      cancel.abort();
      if (heard === 'silence') await this.passDeleted();
    }
  }

  async close(): Promise<void> {
    await this.group?.close();
  }

  onFence(): void {}

  onAssigned: GroupHandlers['onAssigned'] = (assignment, _committed, group) => {
    const { topic } = this.deps;
    this.group = group;
    const starts = (assignment.get(topic) ?? []).map((partition) => {
      if (this.isHolding) group.pause(topic, partition);
      // After a rejoin too: nothing is committed in this group, so we go on where we were.
      return { topic, partition, offset: this.windows.get(partition)?.next ?? null };
    });
    return Promise.resolve(starts);
  };

  onRecords({ topic, partition, records, readTo }: RecordBatch): void {
    const window = this.windows.get(partition);
    if (!window) return;
    const { end } = window;
    const inside = readTo > end ? records.filter(({ offset }) => offset < end) : records;
    this.advance(partition, { next: Math.min(readTo, end), end });
    this.waiting.push({ topic, partition, records: inside, readTo: Math.min(readTo, end) });
    this.waitingBytes += bytesOf(inside);
    if (!this.isHolding && this.waitingBytes > WAITING_BYTES_MAX) this.hold();
    this.news.resolve();
  }

  private advance(partition: number, window: Window): void {
    if (window.next < window.end) {
      this.windows.set(partition, window);
      return;
    }
    this.windows.delete(partition);
    this.group?.pause(this.deps.topic, partition);
  }

  private hold(): void {
    this.isHolding = true;
    for (const partition of this.windows.keys()) this.group?.pause(this.deps.topic, partition);
  }

  private fetchOn(): void {
    this.isHolding = false;
    for (const partition of this.windows.keys()) this.group?.resume(this.deps.topic, partition);
  }

  /**
   * Skips the records that retention has deleted. A broker that cannot be reached ends the scan.
   */
  private async passDeleted(): Promise<void> {
    const bounds = await loadBounds(this.deps);
    for (const [partition, { next, end }] of [...this.windows]) {
      const low = bounds.get(partition)?.low ?? end;
      this.advance(partition, { next: Math.max(next, Math.min(low, end)), end });
    }
  }
}

async function loadBounds({ kafka, topic }: Deps) {
  try {
    return await fetchHighWatermarks(kafka, topic);
  } catch (error) {
    throw unavailable(topic, error);
  }
}

function unavailable(topic: string, error: unknown): BrokerUnavailableError {
  return new BrokerUnavailableError(`Topic ${topic} cannot be read: ${messageOf(error)}`, error);
}

function bytesOf(records: readonly LogRecord[]): number {
  return records.reduce((sum, { value }) => sum + (value?.length ?? 0) + RECORD_OVERHEAD_BYTES, 0);
}
