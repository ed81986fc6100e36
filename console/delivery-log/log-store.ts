import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { AppError } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { RecordBatch } from '../../common/kafka/ports.ts';
import type { Answer, Batch, Call, Called, ThreadOptions } from './log-calls.ts';

type Promised<Method> = Method extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Result>
  : never;

interface Deps extends ThreadOptions {
  readonly logger: Logger;
  /** Called when the thread ends by itself, as when the disk refuses. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Reads of the API that may wait for the thread. Each may look through the whole log, so many more
 * would keep everybody waiting and hold up the writing as well.
 */
export const READS_MAX = 50;

/** The methods of the database that the API may wait for. */
export type LogReads = { readonly [Name in keyof Called]: Promised<Called[Name]> };

/**
 * The database of the delivery log, which lives in a thread of its own: the API only waits for it.
 * Calls are answered between the parts of what is written, in the order in which they come.
 */
export class LogStore implements LogReads {
  private readonly worker: Worker;
  private readonly deps: Deps;
  private readonly waiting = new Map<number, PromiseWithResolvers<unknown>>();
  private readonly exited = Promise.withResolvers<void>();
  private lastId = 0;
  /** Reads of the API that wait. */
  private reads = 0;
  private isClosed = false;

  constructor(deps: Deps) {
    this.deps = deps;
    const { path, retentionMs } = deps;
    const workerData = { path, retentionMs } satisfies ThreadOptions;
    this.worker = new Worker(join(import.meta.dirname, 'log-thread.ts'), { workerData });
    this.worker.on('message', (answer: Answer) => this.take(answer));
    this.worker.on('error', (error) => this.ended(error as Error));
    this.worker.on('exit', () => {
      this.ended(new Error(CLOSED));
      this.exited.resolve();
    });
  }

  readonly positions: LogReads['positions'] = () => this.call('positions', []);
  readonly clear: LogReads['clear'] = () => this.call('clear', []);
  readonly select: LogReads['select'] = (...args) => this.read('select', args);
  readonly lastAttempts: LogReads['lastAttempts'] = (...args) => this.read('lastAttempts', args);
  readonly latestAttempts: LogReads['latestAttempts'] = (...args) =>
    this.read('latestAttempts', args);
  readonly points: LogReads['points'] = (...args) => this.read('points', args);
  readonly addSample: LogReads['addSample'] = (...args) => this.call('addSample', args);

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
    await this.call('write', [batch], [batch.bytes.buffer]);
  }

  async close(): Promise<void> {
    // It ends when it has closed the database; what it has not answered then is refused.
    if (!this.isClosed) this.worker.postMessage({ id: 0, method: 'close', args: [] });
    this.isClosed = true;
    await this.exited.promise;
  }

  /** @throws AppError search_busy */
  private async read<Result>(method: Call['method'], args: readonly unknown[]): Promise<Result> {
    if (this.reads >= READS_MAX) {
      const message = 'Too many requests read the delivery log at once; again in 1 s';
      throw new AppError('search_busy', message, { retryable: true });
    }
    this.reads += 1;
    try {
      return await this.call<Result>(method, args);
    } finally {
      this.reads -= 1;
    }
  }

  private call<Result>(
    method: Call['method'],
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Result> {
    if (this.isClosed) return Promise.reject(new Error(CLOSED));
    const waiter = Promise.withResolvers<unknown>();
    this.lastId += 1;
    this.waiting.set(this.lastId, waiter);
    this.worker.postMessage({ id: this.lastId, method, args }, [...transfer]);
    return waiter.promise as Promise<Result>;
  }

  private take(answer: Answer): void {
    const waiter = answer.id === null ? undefined : this.waiting.get(answer.id);
    if (answer.id !== null) this.waiting.delete(answer.id);
    if (!('error' in answer)) return waiter?.resolve(answer.value);
    const error = new Error(`The delivery log's database: ${answer.error}`);
    if (waiter) waiter.reject(error);
    else this.deps.logger.error({ err: error }, 'delivery-log.prune-failed');
  }

  private ended(error: Error): void {
    for (const waiter of this.waiting.values()) waiter.reject(error);
    this.waiting.clear();
    if (!this.isClosed) this.deps.onFatal(error);
    this.isClosed = true;
  }
}

const CLOSED = 'The delivery log is closed';

function joined(values: readonly Buffer[]): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(values.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const value of values) {
    bytes.set(value, at);
    at += value.length;
  }
  return bytes;
}
