import type {
  Assignment,
  CommittedOffsets,
  Group,
  GroupHandlers,
  RecordBatch,
  Start,
} from '../../common/kafka/ports.ts';
import { FileWorker } from './file-worker.ts';
import type { FileWorkerDeps } from './file-worker.ts';

type Deps = Omit<FileWorkerDeps, 'group'> & {
  /** A worker could not be ended: the process must not go on. */
  readonly onFatal: (error: unknown) => void;
};

/** Gives each partition of the `files` topic that is ours a worker, and takes it away again. */
export class FileGroup implements GroupHandlers {
  private readonly deps: Deps;
  private readonly workers = new Map<number, FileWorker>();

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Longest time that any worker has been at one transaction, ms. */
  stuckMs(nowMs: number): number {
    return Math.max(0, ...[...this.workers.values()].map((worker) => worker.stuckMs(nowMs)));
  }

  onRecords({ partition, records, readTo }: RecordBatch): void {
    const worker = this.workers.get(partition);
    if (!worker) return;
    worker.take(records);
    worker.position = readTo;
  }

  /** Reading goes on meanwhile: should the partition move, its new owner fences us. */
  onFence(): void {}

  onAssigned(
    assignment: Assignment,
    committed: CommittedOffsets,
    group: Group,
  ): Promise<readonly Start[]> {
    const { filesTopic: topic } = this.deps;
    const mine = new Set(assignment.get(topic));
    for (const [partition, worker] of this.workers) {
      if (mine.has(partition)) continue;
      this.workers.delete(partition);
      worker.end().catch(this.deps.onFatal);
    }
    const starts = [...mine].map((partition) => {
      let worker = this.workers.get(partition);
      if (!worker) {
        const { offset } = committed.get(topic, partition);
        worker = new FileWorker(partition, offset, { ...this.deps, group });
        this.workers.set(partition, worker);
      }
      return { topic, partition, offset: worker.position };
    });
    return Promise.resolve(starts);
  }

  /** Ends the transactions under way; unfinished files are gone on with later. */
  async close(): Promise<void> {
    await Promise.all([...this.workers.values()].map((worker) => worker.end()));
    this.workers.clear();
  }
}
