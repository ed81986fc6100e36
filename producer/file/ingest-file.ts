import { randomBytes } from 'node:crypto';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import type { DeliveryLimits } from '../../common/topics/delivery-limits.ts';
import type { FileError, FileProgress, FileWarning } from '../../common/model/file-progress.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Tracing } from '../../common/tracing/tracing.ts';
import type { Announcement } from './announcement.ts';
import { addWarnings } from './warnings.ts';
import { digestContent } from './digest-content.ts';
import { archive, fail, finish } from './end-file.ts';
import { asFileError, openFile } from './open-file.ts';
import type { OpenFile } from './open-file.ts';
import type { FileStore } from './file-store.ts';
import { rejectedName } from './outcome-files.ts';
import { progressRecord, queuedProgress } from './progress-record.ts';
import { readBatches } from './read-batches.ts';
import { endBatchSpan, startBatchSpan } from './batch-span.ts';
import type { Batch } from './batch-builder.ts';
import { SameContentBeingRead, recogniseContent } from './recognise-content.ts';
import type { KnownContents } from './known-contents.ts';
import { RejectedFile } from './rejected-file.ts';

export interface IngestDeps {
  readonly dirs: DataDirs;
  /** Where a file lies. */
  readonly storeOf: (file: Announcement) => FileStore;
  readonly deliveriesTopic: string;
  readonly progressTopic: string;
  /** Number of partitions by which the ids of files are hashed. */
  readonly partitions: number;
  readonly deliveryPartitions: () => number;
  readonly fileBytesMax: number;
  readonly messageBytesMax: number;
  readonly contents: KnownContents;
  readonly onSameContent: 'deliver' | 'skip';
  readonly limits: Pick<DeliveryLimits, 'whyTooLarge'>;
  readonly tracing?: Tracing | undefined;
  readonly logger: Logger;
}

/** The right to write, for as long as we own the file's partition. */
export interface IngestSession {
  /** Writes all in one transaction. @throws after which the session is over */
  write(records: readonly OutgoingRecord[]): Promise<void>;
  /** Resolves with true when more may be written, or with false when reading must stop. */
  mayGoOn(): Promise<boolean>;
}

/** A record may need two bytes for each of a quoted body, and its other columns besides. */
const RECORD_SLACK_BYTES = 1024 ** 2;
const TINY_BYTES = 4_096;

const ALL_REJECTED: FileWarning = {
  code: 'all_rejected',
  message: 'every row was rejected; the file of rejected rows says why',
};

/** The longest record of a file that is read; a longer one is given up. */
export function recordBytesMax(messageBytesMax: number): number {
  return 2 * messageBytesMax + RECORD_SLACK_BYTES;
}

/**
 * Brings one claimed file to its end: rows and progress transaction by transaction, then the
 * move to `done/` or `failed/`.
 *
 * @param saved the file's progress, read after fencing
 * @returns `stopped` when reading had to stop before the end; it can be gone on with. `postponed`
 *          when it first must be decided what becomes of another file: call again. `ended` also
 *          when it is refused for now: it is set aside until it is announced again
 * @throws  a transaction failed: fence, read the progress again and call again
 */
export async function ingestFile(
  file: Announcement,
  saved: FileProgress | undefined,
  session: IngestSession,
  deps: IngestDeps,
): Promise<'ended' | 'stopped' | 'postponed'> {
  const { fileBytesMax, messageBytesMax } = deps;
  if (saved?.state === 'done' || saved?.state === 'failed') {
    await archive(file, saved, session, deps);
    return 'ended';
  }
  // Why it was set aside need no longer be so.
  const { error: _, ...before } = saved ?? queuedProgress(file);
  if (!(await session.mayGoOn())) return 'stopped';
  const limits = { fileBytesMax, recordBytesMax: recordBytesMax(messageBytesMax) };
  const open = await openFile(() => deps.storeOf(file).open(file), file.name, limits);
  if ('code' in open) {
    await fail(file, { before, error: open }, session, deps);
    return 'ended';
  }
  try {
    const digest = await digestOnce(before, open, session, deps);
    if (digest === null) return 'stopped';
    if ('code' in digest) {
      await fail(file, { before, error: digest }, session, deps);
      return 'ended';
    }
    const known = await recognise({ ...before, ...digest }, session, deps);
    if (known === null) return 'postponed';
    if (known.state === 'done') {
      await session.write([progressRecord(known, deps)]);
      await finish(file, known, session, deps);
      return 'ended';
    }
    const startedAt = before.startedAt ?? new Date().toISOString();
    const reading = new Reading({ ...known, startedAt }, open, session, deps);
    let end;
    try {
      end = await reading.run();
    } finally {
      await reading.close();
    }
    if (end === 'stopped') return 'stopped';
    if (end === 'done') await finish(file, reading.progress, session, deps);
    else await fail(file, { before: reading.progress, error: end }, session, deps);
    return 'ended';
  } finally {
    await open.source.close();
  }
}

/** Returns the size and hash of the content, which is read once for the whole life of the file. */
async function digestOnce(
  before: FileProgress,
  { source }: OpenFile,
  session: IngestSession,
  deps: IngestDeps,
): Promise<Pick<FileProgress, 'bytes' | 'sha256'> | FileError | null> {
  const { resume, bytes, sha256 } = before;
  if (resume !== undefined) return { bytes, sha256 };
  // This function is called every few seconds while another file of the same content comes first.
  const isGrown = source.compression === null && source.fileBytes !== bytes;
  if (sha256 !== undefined && !isGrown) return { bytes, sha256 };
  let isShown = before.state === 'reading';
  return digestContent(source, deps.fileBytesMax, async () => {
    // A large file is read for long, so it is shown before its content is known.
    if (!isShown) {
      const startedAt = new Date().toISOString();
      const shown: FileProgress = { ...before, sha256: undefined, state: 'reading', startedAt };
      await session.write([progressRecord(shown, deps)]);
    }
    isShown = true;
    return session.mayGoOn();
  });
}

async function recognise(
  progress: FileProgress,
  session: IngestSession,
  deps: IngestDeps,
): Promise<FileProgress | null> {
  // Some of its rows are delivered already: what it is, was decided before.
  if (progress.resume !== undefined) return progress;
  const write = (claim: FileProgress) => session.write([progressRecord(claim, deps)]);
  try {
    return await recogniseContent(progress, { ...deps, write });
  } catch (error) {
    if (error instanceof SameContentBeingRead) return null;
    throw error;
  }
}

class Reading {
  progress: FileProgress;
  private readonly file: OpenFile;
  private readonly session: IngestSession;
  private readonly deps: IngestDeps;
  private readonly rejects: RejectedFile;

  constructor(progress: FileProgress, file: OpenFile, session: IngestSession, deps: IngestDeps) {
    this.progress = progress;
    this.file = file;
    this.session = session;
    this.deps = deps;
    const { id, resume } = progress;
    const own = rejectedName(id, randomBytes(6).toString('hex'));
    const from = { name: resume?.rejectedFile ?? null, bytes: resume?.rejectedBytes ?? 0 };
    this.rejects = new RejectedFile(deps.dirs.processing, own, from);
  }

  /** @returns how it ended; an error of the file itself is a value */
  async run(): Promise<'done' | 'stopped' | FileError> {
    const { file, deps, progress } = this;
    const { id, name, resume, bytes, bytesRead, rows } = progress;
    const place = resume ? { offset: bytesRead, line: resume.line } : file.firstRow;
    // The end of a tiny file follows at once, with a line of its own.
    const level = bytes > TINY_BYTES ? 'info' : 'debug';
    deps.logger[level]({ file: id, name, bytes, from: place.offset }, 'file.reading');
    const batches = readBatches(
      file,
      { place, rows, otherHeaderLine: resume?.otherHeaderLine ?? null },
      {
        fileId: id,
        topic: deps.deliveriesTopic,
        partitions: deps.deliveryPartitions,
        messageBytesMax: deps.messageBytesMax,
        whyTooLarge: (record) => deps.limits.whyTooLarge(record),
        startSpan: () => startBatchSpan(deps.tracing, id),
      },
    );
    let next = readNext(batches);
    for (;;) {
      const batch = await next;
      if (batch === null) return 'done';
      if ('code' in batch) return batch;
      // The next batch is parsed while this one is on its way.
      next = readNext(batches);
      next.catch(() => {});
      if (!(await this.session.mayGoOn())) {
        deps.logger.info({ file: id, name, rows: this.progress.rows }, 'file.released');
        return 'stopped';
      }
      await this.write(batch);
    }
  }

  async close(): Promise<void> {
    await this.rejects.close();
  }

  private async write(batch: Batch): Promise<void> {
    const { session, deps, rejects } = this;
    const { records, rejected, counted, next, isLast, span } = batch;
    await rejects.append(rejected);
    const rejectedRows = this.progress.rejected + rejected.length;
    const isNoneLeft = isLast && counted.rows > 0 && rejectedRows === counted.rows;
    const warnings = isNoneLeft ? [...batch.warnings, ALL_REJECTED] : batch.warnings;
    const progress: FileProgress = {
      ...this.progress,
      state: isLast ? 'done' : 'reading',
      bytesRead: next.offset,
      // The file may have grown since it was opened.
      bytes: Math.max(this.progress.bytes, next.offset),
      rows: counted.rows,
      rejected: rejectedRows,
      finishedAt: isLast ? new Date().toISOString() : null,
      warnings: addWarnings(this.progress.warnings, warnings),
      resume: {
        line: next.line,
        rejectedFile: rejects.state.name,
        rejectedBytes: rejects.state.bytes,
        otherHeaderLine: counted.otherHeaderLine,
      },
    };
    const writing = session.write([...records, progressRecord(progress, deps)]);
    await (span ? endBatchSpan(span, batch, writing, deps.logger) : writing);
    this.progress = progress;
  }
}

async function readNext(batches: AsyncGenerator<Batch, void>): Promise<Batch | FileError | null> {
  try {
    return (await batches.next()).value ?? null;
  } catch (error) {
    const fileError = asFileError(error);
    if (fileError) return fileError;
    throw error;
  }
}
