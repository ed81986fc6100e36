import { NOT_MOVED, isSetAside } from '../../common/model/file-progress.ts';
import type { FileError, FileProgress } from '../../common/model/file-progress.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Announcement } from './announcement.ts';
import type { FileStore } from './file-store.ts';
import { progressRecord } from './progress-record.ts';
import { UnfitFileError } from './unfit-file.ts';

interface EndDeps {
  readonly storeOf: (file: Announcement) => FileStore;
  readonly progressTopic: string;
  readonly partitions: number;
  readonly logger: Logger;
}

interface EndSession {
  write(records: readonly OutgoingRecord[]): Promise<void>;
}

/** Ends a file that was read to its end, and whose last progress is written. */
export async function finish(
  file: Announcement,
  progress: FileProgress,
  session: EndSession,
  deps: EndDeps,
): Promise<void> {
  await archive(file, progress, session, deps);
  const { id, name, rows, rejected } = progress;
  deps.logger.info({ file: id, name, rows, rejected }, 'file.done');
}

/** Puts a finished file where its sender looks. Where that is refused, its warnings say why. */
export async function archive(
  file: Announcement,
  progress: FileProgress,
  session: EndSession,
  deps: EndDeps,
): Promise<void> {
  const write = (changed: FileProgress) => session.write([progressRecord(changed, deps)]);
  const { id, name, state, error, ...rest } = progress;
  const warnings = progress.warnings.filter(({ code }) => code !== NOT_MOVED);
  const clean = { ...rest, id, name, state, ...(state === 'failed' && { error }), warnings };
  try {
    await deps.storeOf(file).archive(file, progress);
  } catch (refusal) {
    if (!(refusal instanceof UnfitFileError)) throw refusal;
    const { message } = refusal;
    deps.logger.warn({ file: id, name, err: message }, 'file.not-moved');
    return write({ ...clean, warnings: [...warnings, { code: NOT_MOVED, message }] });
  }
  if (isSetAside(progress)) await write(clean);
}

/** Ends a file that cannot be read; one that is refused for now is set aside as it is. */
export async function fail(
  file: Announcement,
  { before, error }: { readonly before: FileProgress; readonly error: FileError },
  session: EndSession,
  deps: EndDeps,
): Promise<void> {
  if (error.code === 'object_refused') {
    await session.write([progressRecord({ ...before, error }, deps)]);
    deps.logger.warn({ file: before.id, name: before.name, ...error }, 'file.set-aside');
    return;
  }
  const finishedAt = new Date().toISOString();
  const progress: FileProgress = { ...before, state: 'failed', finishedAt, error };
  await session.write([progressRecord(progress, deps)]);
  await archive(file, progress, session, deps);
  deps.logger.warn({ file: before.id, name: before.name, ...error }, 'file.failed');
}
