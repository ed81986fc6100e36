import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../common/errors.ts';
import type { FileProgress } from '../../common/file-progress.ts';
import type {
  CompactedTable,
  Group,
  OutgoingRecord,
  TransactionalWriter,
} from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
import { parseAnnouncement } from '../announcement.ts';
import type { Announcement } from '../announcement.ts';
import type { LagGate } from '../lag-gate.ts';
import { backOffMs } from './decide/back-off.ts';
import { ingestFile, progressRecord, queuedProgress } from './ingest-file.ts';
import type { IngestDeps, IngestSession } from './ingest-file.ts';
import { SameContentBeingRead } from './recognise-content.ts';
import type { Slots } from './slots.ts';

export interface FileWorkerDeps extends IngestDeps {
  readonly filesTopic: string;
  readonly group: Group;
  readonly progress: CompactedTable<FileProgress>;
  readonly createWriter: (partition: number) => TransactionalWriter;
  readonly gate: Pick<LagGate, 'isOpen' | 'wrote'>;
  /** Files that may be read at once by this process. */
  readonly slots: Slots;
  readonly logger: Logger;
}

/** An announcement and its place in the `files` topic; null when it could not be understood. */
interface Queued {
  readonly offset: number;
  readonly file: Announcement | null;
}

const WAIT_POLL_MS = 50;
/** Bounds a transaction that makes waiting files visible. */
const SHOWN_AT_ONCE_MAX = 1_000;
const COMMIT_RETRY_MS = 500;

/**
 * The files of one partition, one after the other. As the partition's owner it has the
 * transactional id of the partition, so an older owner that still writes is fenced.
 */
export class FileWorker {
  readonly partition: number;
  /** Offset after the last announcement taken. */
  position: number;
  private readonly deps: FileWorkerDeps;
  private readonly ending = new AbortController();
  private readonly writer: TransactionalWriter;
  private readonly queue: Queued[] = [];
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

  take(offset: number, value: Buffer | null): void {
    this.position = offset + 1;
    this.queue.push({ offset, file: parseAnnouncement(String(value)) });
    this.start();
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
    for (let next = this.queue[0]; next && !this.ending.signal.aborted; next = this.queue[0]) {
      this.progressedAtMs = Date.now();
      const { file, offset } = next;
      const { partition } = this;
      if (!file) this.deps.logger.error({ partition, offset }, 'announcement.not-understood');
      else if (!(await this.bringToEnd(file))) return;
      this.queue.shift();
      await this.commit(offset + 1);
    }
  }

  /** @returns false when the worker was ended before the file was */
  private async bringToEnd(file: Announcement): Promise<boolean> {
    const { logger } = this.deps;
    for (let failures = 0; !this.ending.signal.aborted;) {
      try {
        return await this.ingest(file);
      } catch (error) {
        failures += 1;
        if (error instanceof SameContentBeingRead) {
          // It may take as long as reading the other file does.
          if (failures === 1) logger.info({ file: file.id, why: error.message }, 'file.waiting');
          await this.pause(backOffMs(failures, Math.random()));
          continue;
        }
        this.isFenced = false;
        logger.warn({ err: messageOf(error), file: file.id, failures }, 'file.interrupted');
      }
      await this.pause(backOffMs(failures, Math.random()));
    }
    return false;
  }

  private async ingest(file: Announcement): Promise<boolean> {
    const { group, progress, slots, gate } = this.deps;
    // While the group rejoins, another one may own the partition, and we must not fence it.
    if (!(await this.waitUntil(() => this.isFenced || group.isStable))) return false;
    if (!this.isFenced) {
      await this.writer.fence();
      this.shown.clear();
      this.isFenced = true;
    }
    // Fenced first: nobody else can add to what is read now.
    await progress.caughtUp(this.partition);
    if (!(await this.waitUntil(() => slots.tryTake()))) return false;
    try {
      const session: IngestSession = {
        write: async (records) => {
          this.shown.add(file.id);
          await this.writer.write([...records, ...this.hiddenFiles()]);
          this.progressedAtMs = Date.now();
          // Rows and one progress record.
          gate.wrote(records.length - 1);
        },
        mayGoOn: () => {
          // Asked also while a long file is read before its first row.
          this.progressedAtMs = Date.now();
          return this.waitUntil(() => gate.isOpen);
        },
      };
      return await ingestFile(file, progress.get(file.id), session, this.deps);
    } finally {
      slots.release();
    }
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
      await this.pause(WAIT_POLL_MS);
    }
    return false;
  }

  /** Progress of files that wait for their turn and have none yet: state `queued`. */
  private hiddenFiles(): readonly OutgoingRecord[] {
    const { progress } = this.deps;
    // What we wrote ourselves may take a moment to come back to us, so it is remembered till then.
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

  private async pause(delayMs: number): Promise<void> {
    await sleep(delayMs, undefined, { signal: this.ending.signal }).catch(() => {});
  }

  private async commit(offset: number): Promise<void> {
    const { group, filesTopic, logger } = this.deps;
    const commit = { topic: filesTopic, partition: this.partition, offset, metadata: '' };
    while (!this.ending.signal.aborted) {
      try {
        return await group.commit([commit]);
      } catch (error) {
        logger.debug({ err: messageOf(error) }, 'file.commit-failed');
        await sleep(COMMIT_RETRY_MS);
      }
    }
  }
}
