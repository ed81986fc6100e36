import { pause, retryWhile } from '../../common/base/retry.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { messageOf } from '../../common/base/errors.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type {
  CompactedTable,
  Group,
  OutgoingRecord,
  TransactionalWriter,
} from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import { parseAnnouncement } from './announcement.ts';
import type { Announcement } from './announcement.ts';
import type { LagGate } from '../admission/lag-gate.ts';
import { backOffMs } from './back-off.ts';
import { runLength } from './file-run.ts';
import type { Queued } from './file-run.ts';
import { ingestFile } from './ingest-file.ts';
import type { IngestDeps, IngestSession } from './ingest-file.ts';
import { progressRecord, queuedProgress } from './progress-record.ts';
import { SharedWrite } from './shared-write.ts';
import type { Semaphore } from './semaphore.ts';

export interface FileWorkerDeps extends IngestDeps {
  readonly filesTopic: string;
  readonly group: Group;
  readonly progress: CompactedTable<FileProgress>;
  readonly createWriter: (partition: number) => TransactionalWriter;
  readonly gate: Pick<LagGate, 'isOpen' | 'wrote'>;
  /** Files that may be read at once by this process. */
  readonly slots: Semaphore;
  readonly logger: Logger;
}

const WAIT_POLL_MS = 50;
/** Bounds a transaction that makes waiting files visible. */
const SHOWN_AT_ONCE_MAX = 1_000;
const COMMIT_RETRY_MS = 500;

/**
 * The files of one partition, one after the other, or small ones together. As the partition's owner
 * it has the transactional id of the partition, so an older owner that still writes is fenced.
 */
export class FileWorker {
  readonly partition: number;
  /** Offset after the last announcement taken. */
  position: number;
  private readonly deps: FileWorkerDeps;
  private readonly ending = new AbortController();
  private readonly writer: TransactionalWriter;
  private readonly queue: Queued[] = [];
  /** Ids of the files in the queue. */
  private readonly queued = new Set<string>();
  /** Files that have progress, or get it with the next transaction. */
  private readonly shown = new Set<string>();
  private isFenced = false;
  private loop: Promise<void> | null = null;
  /** When a transaction or a file last ended, or the worker last was idle, ms. */
  private progressedAtMs = Date.now();

  constructor(partition: number, start: number, deps: FileWorkerDeps) {
    this.partition = partition;
    this.position = start;
    this.deps = deps;
    this.writer = deps.createWriter(partition);
  }

  take(records: readonly Pick<LogRecord, 'offset' | 'value'>[]): void {
    for (const { offset, value } of records) {
      this.position = offset + 1;
      const file = parseAnnouncement(String(value));
      // Each producer announces each object of a bucket: one turn is enough for all of them.
      if (file && this.queued.has(file.id)) continue;
      if (file) this.queued.add(file.id);
      this.queue.push({ offset, file });
    }
    if (this.queue.length > 0) this.start();
  }

  /** How long it has been at the same transaction, ms; 0 when there is nothing to do. */
  stuckMs(nowMs: number): number {
    return this.loop ? nowMs - this.progressedAtMs : 0;
  }

  /** Stops at the next transaction. What is not finished can be gone on with by any owner. */
  async end(): Promise<void> {
    this.ending.abort();
    await this.loop;
    await this.writer.close();
  }

  private start(): void {
    this.loop ??= this.run().finally(() => {
      this.loop = null;
      // Taken after the loop had found its queue empty, and before it said so.
      if (this.queue.length > 0 && !this.ending.signal.aborted) this.start();
    });
  }

  private async run(): Promise<void> {
    while (this.queue.length > 0 && !this.ending.signal.aborted) {
      this.progressedAtMs = Date.now();
      const run = this.queue.slice(0, runLength(this.queue));
      const files = run.flatMap((one) => this.understood(one));
      if (files.length > 0 && !(await this.bringToEnd(files))) return;
      this.queue.splice(0, run.length);
      for (const { file } of run) if (file) this.queued.delete(file.id);
      // Announcements that were passed over, as their file was in the queue, are finished with it.
      await this.commit(this.queue[0]?.offset ?? this.position);
    }
  }

  private understood({ file, offset }: Queued): readonly Announcement[] {
    if (file) return [file];
    this.deps.logger.error({ partition: this.partition, offset }, 'announcement.not-understood');
    return [];
  }

  /** @returns false when the worker was ended before the files were */
  private async bringToEnd(files: readonly Announcement[]): Promise<boolean> {
    const { logger } = this.deps;
    let left = files;
    for (let failures = 0, waits = 0; !this.ending.signal.aborted;) {
      try {
        const postponed = await this.ingest(left);
        if (postponed === null) return false;
        if (postponed.length === 0) return true;
        left = postponed;
        waits += 1;
        const ids = left.map(({ id }) => id);
        // The wait may take as long as reading the other files of the same content does.
        if (waits === 2) logger.info({ files: ids }, 'file.waiting');
        // The first time what they wait for is most often one that was read with them, and decided.
        if (waits > 1) await pause(backOffMs(waits - 1, Math.random()), this.ending.signal);
      } catch (error) {
        this.isFenced = false;
        failures += 1;
        const ids = left.map(({ id }) => id);
        logger.warn({ err: messageOf(error), files: ids, failures }, 'file.interrupted');
        await pause(backOffMs(failures, Math.random()), this.ending.signal);
      }
    }
    return false;
  }

  /** @returns the files that must be taken up once more; null when the worker was ended before */
  private async ingest(files: readonly Announcement[]): Promise<readonly Announcement[] | null> {
    const { group, progress, slots, gate } = this.deps;
    // While the group rejoins, another member may own the partition, and must not be fenced.
    if (!(await this.waitUntil(() => this.isFenced || group.isStable))) return null;
    if (!this.isFenced) {
      await this.writer.fence();
      this.shown.clear();
      this.isFenced = true;
    }
    // Fenced first: nobody else can add to what is read now.
    await progress.caughtUp(this.partition);
    if (!(await this.waitUntil(() => slots.tryTake()))) return null;
    try {
      const together = files.length > 1;
      // Small files are as little together as one part of a large one, so they are held back once.
      if (together && !(await this.waitUntil(() => gate.isOpen))) return null;
      return await this.ingestTogether(files);
    } finally {
      slots.release();
    }
  }

  /** Reads files side by side. When one fails the others go on, and it is the run that fails. */
  private async ingestTogether(
    files: readonly Announcement[],
  ): Promise<readonly Announcement[] | null> {
    const { progress, gate } = this.deps;
    const shared = new SharedWrite(files.length, async (records) => {
      await this.writer.write([...records, ...this.hiddenFiles()]);
      this.progressedAtMs = Date.now();
    });
    const session = (file: Announcement): IngestSession => ({
      write: async (records) => {
        this.shown.add(file.id);
        await shared.write(records);
        // Rows and one progress record.
        gate.wrote(records.length - 1);
      },
      mayGoOn: async () => {
        // Asked also while a long file is read before its first row.
        this.progressedAtMs = Date.now();
        return files.length > 1 || this.waitUntil(() => gate.isOpen);
      },
    });
    const settled = await Promise.allSettled(
      files.map((file) =>
        ingestFile(file, progress.get(file.id), session(file), this.deps).finally(() =>
          shared.leave(),
        ),
      ),
    );
    const ends = settled.map((one) => {
      if (one.status === 'rejected') throw one.reason;
      return one.value;
    });
    if (ends.includes('stopped')) return null;
    return files.filter((_, index) => ends[index] === 'postponed');
  }

  /**
   * Waits without being stuck, while everyone can see which files wait.
   *
   * @returns false when the worker was ended before
   */
  private async waitUntil(condition: () => boolean): Promise<boolean> {
    while (!this.ending.signal.aborted) {
      if (condition()) return true;
      const hidden = this.isFenced ? this.hiddenFiles() : [];
      if (hidden.length > 0) await this.writer.write(hidden);
      this.progressedAtMs = Date.now();
      await pause(WAIT_POLL_MS, this.ending.signal);
    }
    return false;
  }

  /** Progress of files that wait for their turn and have none yet: state `queued`. */
  private hiddenFiles(): readonly OutgoingRecord[] {
    const { progress } = this.deps;
    // Progress that we wrote may take a moment to come back to us, so it is remembered until then.
    for (const id of this.shown) {
      const state = progress.get(id)?.state;
      if (state === 'done' || state === 'failed') this.shown.delete(id);
    }
    const hidden: OutgoingRecord[] = [];
    for (const { file } of this.queue) {
      if (hidden.length >= SHOWN_AT_ONCE_MAX) break;
      if (!file || this.shown.has(file.id)) continue;
      this.shown.add(file.id);
      if (!progress.get(file.id)) hidden.push(progressRecord(queuedProgress(file), this.deps));
    }
    return hidden;
  }

  private async commit(offset: number): Promise<void> {
    const { group, filesTopic, logger } = this.deps;
    const commit = { topic: filesTopic, partition: this.partition, offset, metadata: '' };
    const { signal } = this.ending;
    await retryWhile(
      () => !signal.aborted,
      () => group.commit([commit]),
      {
        ...{ pauseMs: COMMIT_RETRY_MS, signal },
        onFailure: (error) => logger.debug({ err: messageOf(error) }, 'file.commit-failed'),
      },
    );
  }
}
