import { parseFileRowId } from '../../common/model/delivery.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import type { CompactedTable } from '../../common/kafka/ports.ts';
import type { ClusterWatch } from '../cluster/cluster-watch.ts';
import type { Consumers } from '../cluster/consumers.ts';
import type { StateCounts } from '../ledgers/delivery-state.ts';
import type { AttemptsView } from '../ledgers/attempts-view.ts';
import { fileView } from './file-view.ts';
import type { Views } from './file-view.ts';

interface Parts extends Views {
  readonly attempts: Views['attempts'] & Pick<AttemptsView, 'totals'>;
  readonly cluster: Views['cluster'] & Pick<ClusterWatch, 'unfinished'>;
  readonly consumers: Pick<Consumers, 'states'>;
  readonly progress: Pick<CompactedTable<FileProgress>, 'entries'>;
}

/** Where the deliveries of all endpoints stand. */
export interface DeliveryCounts {
  /** By state; rows of cancelled files count as cancelled before a consumer has come to them. */
  readonly counts: StateCounts;
  /** Deliveries in the log that will still be sent, and are not finished. */
  readonly unfinished: number;
  readonly inFlight: number;
  /** Rows of cancelled files in the log, which the consumers have not come to yet. */
  readonly cancelledAhead: number;
}

/** Counts the deliveries, the same for the status, the metrics and the forecast. */
export function deliveryCounts(parts: Parts): DeliveryCounts {
  const { attempts, cluster, consumers } = parts;
  const totals = attempts.totals();
  const cancelled = [...parts.progress.entries()].filter(
    ([, one]) => one.cancelledAt !== undefined,
  );
  let [ahead, retrying] = [0, 0];
  for (const [id, progress] of cancelled) {
    const known = attempts.files.counts(id);
    ahead += fileView(progress, parts).cancelled - known.cancelled;
    retrying += known.retrying;
  }
  const states = consumers.states();
  const inFlight = states
    .flatMap(({ endpoints }) => endpoints)
    .reduce((sum, endpoint) => sum + endpoint.inFlight, 0);
  // A request under way is not broken off, so its row is no longer ahead of the consumers.
  const ids = new Set(cancelled.map(([id]) => id));
  const underWay = states
    .flatMap((state) => state.inFlight)
    .filter(({ id }) => ids.has(parseFileRowId(id)?.fileId ?? '')).length;
  const cancelledAhead = Math.max(0, ahead - underWay);
  return {
    counts: {
      ...totals,
      retrying: totals.retrying - retrying,
      cancelled: totals.cancelled + cancelledAhead,
    },
    unfinished: Math.max(0, cluster.unfinished - cancelledAhead),
    inFlight,
    cancelledAhead,
  };
}
