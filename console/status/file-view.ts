import { fileStateOf } from '../../common/model/file-progress.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { ClusterWatch } from '../cluster/cluster-watch.ts';
import type { AttemptsView } from '../ledgers/attempts-view.ts';
import { countPassedOver } from './passed-over.ts';
import type { FileView } from './schemas.ts';
import type { WarmUp } from './warm-up.ts';

/** Views that the ledger of a file is made of, besides its progress. */
export interface Views {
  readonly attempts: Pick<AttemptsView, 'files' | 'knownSinceMs' | 'caughtUp'>;
  readonly cluster: Pick<ClusterWatch, 'drainedAtMs'>;
  readonly warmUp: Pick<WarmUp, 'isOver'>;
}

/**
 * The ledger of one file: rows = delivered + retrying + dead + cancelled + rejected + waiting +
 * passed over.
 */
export function fileView(progress: FileProgress, { attempts, cluster, warmUp }: Views): FileView {
  const { id, name, bytes, bytesRead, rejected, warnings } = progress;
  const { startedAt, finishedAt, sameContentAs, cancelledAt } = progress;
  const { delivered, retrying, dead, cancelled } = attempts.files.counts(id);
  const retriedAtMs = attempts.files.retriedAtMs(id);
  // Attempts of rows may be read a moment before the progress that counts these rows.
  const decided = rejected + delivered + retrying + dead + cancelled;
  const rows = Math.max(progress.rows, decided);
  // Otherwise rows whose attempts have expired would count as waiting although they were decided.
  const isLedgerComplete =
    startedAt === null || Date.parse(startedAt) >= (attempts.knownSinceMs ?? 0);
  const passedOver = countPassedOver(
    { undecided: rows - decided, retrying },
    {
      finishedAtMs: finishedAt === null ? null : Date.parse(finishedAt),
      retriedAtMs,
      drainedAtMs: warmUp.isOver && isLedgerComplete ? cluster.drainedAtMs : null,
    },
  );
  const undecided = rows - decided - passedOver.undecided;
  const known = {
    ...{ id, name, state: fileStateOf(progress), bytes, bytes_read: bytesRead, rows, rejected },
    ...{ delivered, dead, warnings, same_content_as: sameContentAs ?? null },
    ...{ started_at: startedAt, finished_at: finishedAt, cancelled_at: cancelledAt ?? null },
    passed_over: passedOver.undecided + passedOver.retrying,
    ledger_complete: isLedgerComplete,
    ...(progress.object !== undefined && { object: progress.object }),
    ...(progress.error && { error: progress.error }),
  };
  const left = retrying - passedOver.retrying;
  const readAt = cancelledAt ?? finishedAt;
  // A file may have no row of which a delivery could end.
  const settledAt = (unsettled: number) =>
    unsettled > 0 || readAt === null
      ? null
      : new Date(Math.max(Date.parse(readAt), attempts.files.endedAtMs(id))).toISOString();
  if (cancelledAt === undefined) {
    const settled_at = settledAt(left + undecided);
    return { ...known, settled_at, retrying: left, cancelled, waiting: undecided };
  }
  // The consumers have not come to some of these rows yet, but send none. Rows whose attempts have
  // expired may have been delivered.
  const ahead = isLedgerComplete ? undecided : 0;
  return {
    ...{ ...known, retrying: 0, cancelled: cancelled + ahead + left },
    waiting: undecided - ahead,
    settled_at: settledAt(undecided - ahead),
  };
}
