import { AppError, messageOf } from '../../common/base/errors.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { retryWhile } from '../../common/base/retry.ts';
import type { Ownership } from '../republish/ownership.ts';
import type { BacklogGate } from '../republish/backlog-gate.ts';
import { runReplay } from './replay.ts';
import { loadReplay } from './store.ts';
import type { StoreDeps } from './store.ts';

interface Deps extends StoreDeps {
  readonly backlog: BacklogGate;
  /** Number of partitions of the replays topic. */
  readonly ownership: Pick<Ownership, 'owns' | 'onChange'>;
}

interface Run {
  readonly stopping: AbortController;
  readonly ended: Promise<void>;
}

const AGAIN_MS = 2_000;

/**
 * Runs the replays that were asked for by HTTP: each in the console that owns its partition, and
 * in the next owner when that one dies. What is to be done is read from the topic alone.
 */
export class ReplayRunner {
  private readonly deps: Deps;
  private readonly runs = new Map<string, Run>();
  private readonly closing = new AbortController();
  private isLoaded = false;

  constructor(deps: Deps) {
    this.deps = deps;
    const { table, ownership } = deps;
    table.onChange((id) => this.lookAt(id));
    ownership.onChange(() => this.lookAtAll());
  }

  /** Begins once the topic is read: until then what ended long ago seems to run. */
  async start(): Promise<void> {
    const { signal } = this.closing;
    const load = async () => {
      await this.deps.table.caughtUp();
      this.isLoaded = true;
    };
    await retryWhile(() => !signal.aborted, load, {
      ...{ pauseMs: AGAIN_MS, signal },
      onFailure: (error) =>
        this.deps.logger.debug({ err: messageOf(error) }, 'replays.still-loading'),
    });
    this.lookAtAll();
  }

  /** Ends after the transactions under way; another console goes on, or this one at its start. */
  async close(): Promise<void> {
    this.closing.abort();
    for (const { stopping } of this.runs.values()) stopping.abort();
    await Promise.all([...this.runs.values()].map(({ ended }) => ended));
  }

  private lookAtAll(): void {
    for (const [id] of this.deps.table.entries()) this.lookAt(id);
  }

  private lookAt(id: string): void {
    if (!this.isLoaded || this.closing.signal.aborted) return;
    const run = this.runs.get(id);
    if (!this.isOurs(id)) run?.stopping.abort();
    else if (!run) this.begin(id);
  }

  private isOurs(id: string): boolean {
    const { table, ownership, partitions } = this.deps;
    const replay = table.get(id);
    const isRunning = replay?.state === 'running' && replay.runner === 'console';
    return isRunning && ownership.owns(partitionOf(id, partitions));
  }

  private begin(id: string): void {
    const stopping = new AbortController();
    const ended = this.run(id, stopping.signal).finally(() => {
      this.runs.delete(id);
      // The replay may have become ours again while it was ending.
      this.lookAt(id);
    });
    this.runs.set(id, { stopping, ended });
  }

  /** Runs a replay until it has ended or is no longer ours. Never rejects. */
  private async run(id: string, signal: AbortSignal): Promise<void> {
    const { logger } = this.deps;
    const toItsEnd = async () => {
      logger.info({ id }, 'replay.begun');
      const { state, copied, skipped } = await runReplay({ ...this.deps, signal }, id);
      logger.info({ id, state, copied, skipped }, 'replay.left');
      // Until the table has the end, the replay would seem to be still to do.
      await loadReplay(this.deps, id);
    };
    const onFailure = (error: unknown) => {
      // Fenced: cancelled, which the table will say, or by an owner that no longer is one.
      if (error instanceof AppError) logger.warn({ id, err: messageOf(error) }, 'replay.stopped');
      else logger.error({ id, err: error }, 'replay.failed');
    };
    await retryWhile(() => !signal.aborted, toItsEnd, { pauseMs: AGAIN_MS, onFailure, signal });
  }
}
