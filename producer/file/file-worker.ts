import { setTimeout as sleep } from 'node:timers/promises';
import { messageOf } from '../../common/errors.ts';
import type { FileProgress } from '../../common/file-progress.ts';
import type { CompactedTable, Group, TransactionalWriter } from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
import { parseAnnouncement } from '../announcement.ts';
import type { Announcement } from '../announcement.ts';
import type { LagGate } from '../lag-gate.ts';
import { backOffMs } from './decide/back-off.ts';
import { ingestFile, progressRecord, queuedProgress } from './ingest-file.ts';
import type { IngestDeps, IngestSession } from './ingest-file.ts';
import type { Slots } from './slots.ts';

export interface FileWorkerDeps extends IngestDeps {
  readonly filesTopic: string;
  readonly group: Group;
  readonly progress: CompactedTable<FileProgress>;
  readonly createWriter: (partition: number) => TransactionalWriter;
  readonly gate: LagGate;
  /** Files that may be read at once by this process. */
  readonly slots: Slots;
  readonly logger: Logger;
}

/** An announcement and its place in the `files` topic; null when it could not be understood. */
interface Queued {
  readonly offset: number;
  readonly file: Announcement | null;
}

const GATE_POLL_MS = 200;
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
    const { slots, logger } = this.deps;
    const { signal } = this.ending;
    for (let failures = 0; !signal.aborted;) {
      try {
        await slots.take(signal);
      } catch {
        return false;
      }
      try {
        return await this.ingest(file);
      } catch (error) {
        this.isFenced = false;
        failures += 1;
        logger.warn({ err: messageOf(error), file: file.id, failures }, 'file.interrupted');
      } finally {
        slots.release();
      }
      const pauseMs = backOffMs(failures, Math.random());
      await sleep(pauseMs, undefined, { signal }).catch(() => {});
    }
    return false;
  }

  private async ingest(file: Announcement): Promise<boolean> {
    const { deps } = this;
    if (!this.isFenced) {
      await this.writer.fence();
      this.isFenced = true;
    }
    // Fenced first: nobody else can add to what is read now.
    await deps.progress.caughtUp(this.partition);
    const saved = deps.progress.get(file.id);
    if (!saved) await this.session.write([progressRecord(queuedProgress(file), deps)]);
    return ingestFile(file, saved, this.session, deps);
  }

  private readonly session: IngestSession = {
    write: async (records) => {
      await this.writer.write(records);
      this.progressedAtMs = Date.now();
      // Rows and one progress record.
      this.deps.gate.wrote(records.length - 1);
    },
    mayGoOn: async () => {
      const { signal } = this.ending;
      while (!signal.aborted && !this.deps.gate.isOpen) {
        this.progressedAtMs = Date.now();
        await sleep(GATE_POLL_MS, undefined, { signal }).catch(() => {});
      }
      return !signal.aborted;
    },
  };

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
