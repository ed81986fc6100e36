import { join } from 'node:path';
import type { Logger } from '../../common/base/logger.ts';
import type { RecordBatch } from '../../common/kafka/ports.ts';
import { DatabaseThread } from '../threads/database-thread.ts';
import type { Promised } from '../threads/database-thread.ts';
import type { Batch, Called, ThreadOptions } from './log-calls.ts';

interface Deps extends ThreadOptions {
  readonly logger: Logger;
  /** Called when the thread ends by itself, as when the disk refuses. */
  readonly onFatal: (error: unknown) => void;
}

/** The methods of the database that the API may wait for. */
export type LogReads = { readonly [Name in keyof Called]: Promised<Called[Name]> };

/**
 * The database of the delivery log, which lives in a thread of its own: the API only waits for it.
 * Calls are answered between the parts of what is written, in the order in which they come.
 */
export class LogStore implements LogReads {
  private readonly thread: DatabaseThread;

  constructor({ path, retentionMs, logger, onFatal }: Deps) {
    this.thread = new DatabaseThread({
      script: join(import.meta.dirname, 'log-thread.ts'),
      workerData: { path, retentionMs } satisfies ThreadOptions,
      name: 'The delivery log',
      onFailure: (error) => logger.error({ err: error }, 'delivery-log.prune-failed'),
      onFatal,
    });
  }

  readonly positions: LogReads['positions'] = () => this.thread.call('positions', []);
  readonly clear: LogReads['clear'] = () => this.thread.call('clear', []);
  readonly select: LogReads['select'] = (...args) => this.thread.read('select', args);
  readonly lastAttempts: LogReads['lastAttempts'] = (...args) =>
    this.thread.read('lastAttempts', args);
  readonly latestAttempts: LogReads['latestAttempts'] = (...args) =>
    this.thread.read('latestAttempts', args);
  readonly points: LogReads['points'] = (...args) => this.thread.read('points', args);
  readonly addSample: LogReads['addSample'] = (...args) => this.thread.call('addSample', args);

  /** Writes what was read of the topic of attempts. */
  async write({ partition, records, readTo }: RecordBatch): Promise<void> {
    const values = records.map(({ value }) => value ?? Buffer.alloc(0));
    const batch: Batch = {
      ...{ partition, readTo },
      records: records.map(({ offset }, n) => ({
        next: offset + 1,
        length: (values[n] as Buffer).length,
      })),
      // Bytes of their own, which change threads without being copied again.
      bytes: joined(values),
    };
    await this.thread.call('write', [batch], [batch.bytes.buffer]);
  }

  close(): Promise<void> {
    return this.thread.close();
  }
}

function joined(values: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const value of values) {
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}
