import { AppError } from '../../common/base/errors.ts';
import { withDeadline } from '../../common/base/loaded.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { triggerOf } from '../../common/model/trigger.ts';
import { fileView } from '../status/file-view.ts';
import type { Views } from '../status/file-view.ts';
import type { UnfinishedDeliveries } from '../unfinished/unfinished-deliveries.ts';

export interface LeftDeps {
  readonly status: Views;
  readonly unfinished: Pick<UnfinishedDeliveries, 'page'>;
}

/** Rows of a file are stamped by its producers, whose clocks may differ. */
const CLOCKS_DIFFER_MS = 60_000;

/**
 * Returns whether anything of a file is still to come. A file is never taken for unfinished because
 * the attempts of its rows were not read yet, or have expired: it would be cancelled although it
 * was delivered, and its content delivered once more when it comes again.
 *
 * @throws AppError views_loading, file_unclear, search_busy; BrokerUnavailableError
 */
export async function isAnythingLeft(
  progress: FileProgress,
  { status, unfinished }: LeftDeps,
): Promise<boolean> {
  const { id, state } = progress;
  if (state === 'queued' || state === 'reading') return true;
  if (!status.warmUp.isOver) {
    const message = `The log of attempts is still being read, so what is left of file ${id} is not known`;
    throw new AppError('views_loading', `${message}; ask again`, { retryable: true });
  }
  await withDeadline(status.attempts.caughtUp(), 'the log of attempts');
  const { retrying, waiting, ledger_complete: isComplete } = fileView(progress, status);
  if (retrying > 0 || waiting === 0 || isComplete) return retrying + waiting > 0;
  return isInLog(progress, unfinished);
}

/** Returns whether the group has still to finish a row, as the attempts do not tell. */
async function isInLog(
  { id, startedAt, finishedAt }: FileProgress,
  unfinished: LeftDeps['unfinished'],
): Promise<boolean> {
  const filter = {
    file: id,
    ...(startedAt !== null && { since: Date.parse(startedAt) - CLOCKS_DIFFER_MS }),
    ...(finishedAt !== null && { until: Date.parse(finishedAt) + CLOCKS_DIFFER_MS }),
  };
  const page = await unfinished.page({ filter, from: null, limit: 1 }, (all) => {
    // A copy is delivered once more: the row itself was finished before.
    const shown = all.map(({ delivery: { id, record } }) =>
      triggerOf(record.headers) === null ? id : null,
    );
    return Promise.resolve(shown);
  });
  if (page.deliveries.length > 0) return true;
  if (!page.isLimitMet) return false;
  throw new AppError(
    'file_unclear',
    `File ${id} is not cancelled: the attempts of some of its rows have expired, and too much else ` +
      'waits in the log to see whether a row of it does; ask again when less waits',
  );
}
