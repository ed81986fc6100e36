import { Worker } from 'node:worker_threads';
import { AppError } from '../../common/base/errors.ts';
import type { Answer, Call } from './calls.ts';

interface Deps {
  /** Path of the thread's program, which answers by `answerCalls`. */
  readonly script: string;
  readonly workerData: object;
  /** Names the database in errors, such as `The delivery log`. */
  readonly name: string;
  /** Called with what has failed in the thread without a call. */
  readonly onFailure: (error: Error) => void;
  /** Called when the thread ends by itself, as when the disk refuses. */
  readonly onFatal: (error: unknown) => void;
}

/**
 * Reads of the API that may wait for the thread. Each may look through the whole database, so many
 * more would keep everybody waiting and hold up the writing as well.
 */
export const READS_MAX = 50;

/** A method of a database, as it is called from outside of its thread. */
export type Promised<Method> = Method extends (...args: infer Args) => infer Result
  ? (...args: Args) => Promise<Awaited<Result>>
  : never;

/** A database in a thread of its own, for which the API only waits. */
export class DatabaseThread {
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
    this.worker = new Worker(deps.script, { workerData: deps.workerData });
    this.worker.on('message', (answer: Answer) => this.take(answer));
    this.worker.on('error', (error) => this.ended(error as Error));
    this.worker.on('exit', () => {
      this.ended(this.closed());
      this.exited.resolve();
    });
  }

  /** Calls a method of the thread. */
  call<Result>(
    method: string,
    args: readonly unknown[],
    transfer: readonly ArrayBuffer[] = [],
  ): Promise<Result> {
    if (this.isClosed) return Promise.reject(this.closed());
    const waiter = Promise.withResolvers<unknown>();
    this.lastId += 1;
    this.waiting.set(this.lastId, waiter);
    this.worker.postMessage({ id: this.lastId, method, args } satisfies Call, [...transfer]);
    return waiter.promise as Promise<Result>;
  }

  /**
   * The same for what the API waits for, of which there may be only so many at once.
   *
   * @throws AppError search_busy
   */
  async read<Result>(method: string, args: readonly unknown[]): Promise<Result> {
    if (this.reads >= READS_MAX) {
      const message = `${this.deps.name}: too many requests read it at once; again in 1 s`;
      throw new AppError('search_busy', message, { retryable: true });
    }
    this.reads += 1;
    try {
      return await this.call<Result>(method, args);
    } finally {
      this.reads -= 1;
    }
  }

  /** Ends the thread by its method `close`; what it has not answered then is refused. */
  async close(): Promise<void> {
    if (!this.isClosed) this.worker.postMessage({ id: 0, method: 'close', args: [] });
    this.isClosed = true;
    await this.exited.promise;
  }

  private take(answer: Answer): void {
    const waiter = answer.id === null ? undefined : this.waiting.get(answer.id);
    if (answer.id !== null) this.waiting.delete(answer.id);
    if (!('error' in answer)) return waiter?.resolve(answer.value);
    const error = new Error(`${this.deps.name}: ${answer.error}`);
    if (waiter) waiter.reject(error);
    else this.deps.onFailure(error);
  }

  private ended(error: Error): void {
    for (const waiter of this.waiting.values()) waiter.reject(error);
    this.waiting.clear();
    if (!this.isClosed) this.deps.onFatal(error);
    this.isClosed = true;
  }

  private closed(): Error {
    return new Error(`${this.deps.name} is closed`);
  }
}
