import { BrokerUnavailableError, messageOf } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { pause, retryUntilDone } from '../../base/retry.ts';
import { fetchHighWatermarks } from '../admin/high-watermarks.ts';
import type { KafkaConnection } from '../client/connection.ts';
import type { RecordBatch } from '../ports.ts';
import { openPartitionReader } from './partition-reader.ts';
import type { PartitionReader } from './partition-reader.ts';
import { scanWindow } from './scan-window.ts';
import type { Window } from './scan-window.ts';

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

/** Two of these are in memory at most: one with the caller, and the next one. */
const READ_BYTES = 4 * 1024 ** 2;
/** Pause when no partition can be read further, because of an open transaction, in ms. */
const OPEN_PAUSE_MS = 100;
const FAILED_PAUSE_MS = 200;
/** How long one read is tried again while leaders move, in ms. */
const PATIENCE_MS = 10_000;

/**
 * Reads a window of a topic (committed transactions only) and ends. Nothing is committed, no group
 * is joined, and however slowly the batches are taken, memory stays bounded.
 *
 * @returns batches in offset order within a partition; the last one of a partition has `readTo`
 *          at the window's end, though it may hold no record (transaction markers)
 * @throws BrokerUnavailableError
 */
export async function* scanTopic(deps: Deps): AsyncGenerator<RecordBatch> {
  const windows = scanWindow(await loadBounds(deps), deps);
  if (windows.size === 0) return;
  const reader = await openPartitionReader(deps);
  try {
    const scan = new Scan(deps.topic, windows, reader);
    let coming = scan.next();
    for (let batch = await coming; batch; batch = await coming) {
      // The next batch is read while the caller is at work on this one.
      coming = scan.next();
      coming.catch(() => {});
      yield batch;
    }
  } finally {
    await reader.close();
  }
}

class Scan {
  private readonly topic: string;
  /** Partitions that are not yet read to their end, in the order in which they are read. */
  private readonly windows: Map<number, Window>;
  private readonly reader: PartitionReader;
  /** Reads in a row that brought nothing, since the last pause. */
  private idleReads = 0;

  constructor(topic: string, windows: Map<number, Window>, reader: PartitionReader) {
    this.topic = topic;
    this.windows = windows;
    this.reader = reader;
  }

  /** Reads the next batch; null at the end of the window. */
  async next(): Promise<RecordBatch | null> {
    const { topic, windows } = this;
    for (const [partition, { next, end }] of windows) {
      const { records, readTo } = await this.read(partition, next);
      // Partitions take turns: the one that was read goes to the end.
      windows.delete(partition);
      const to = Math.min(readTo, end);
      if (to < end) windows.set(partition, { next: to, end });
      if (to > next) {
        this.idleReads = 0;
        const inside = readTo > end ? records.filter(({ offset }) => offset < end) : records;
        return { topic, partition, records: inside, readTo: to };
      }
      this.idleReads += 1;
      if (this.idleReads < windows.size) continue;
      this.idleReads = 0;
      await pause(OPEN_PAUSE_MS);
    }
    return null;
  }

  private read(partition: number, offset: number) {
    const { topic, reader } = this;
    const giveUpAtMs = performance.now() + PATIENCE_MS;
    const mayRetry = (error: unknown) =>
      error instanceof BrokerUnavailableError && performance.now() < giveUpAtMs;
    return retryUntilDone(() => reader.read({ topic, partition, offset, maxBytes: READ_BYTES }), {
      pauseMs: FAILED_PAUSE_MS,
      mayRetry,
    });
  }
}

async function loadBounds({ kafka, topic }: Deps) {
  try {
    return await fetchHighWatermarks(kafka, topic);
  } catch (error) {
    throw new BrokerUnavailableError(`Topic ${topic} cannot be read: ${messageOf(error)}`, error);
  }
}
