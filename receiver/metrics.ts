import { addCounter } from '../common/process/metrics.ts';
import type { Registry } from '../common/process/metrics.ts';
import type { Stats } from './stats.ts';

/** Adds the figures of `GET /stats` as Prometheus metrics; `POST /reset` sets them to zero, too. */
export function addReceiverMetrics(registry: Registry, stats: () => Stats): void {
  addCounter(registry, {
    name: 'hookline_receiver_deliveries_total',
    help: 'Deliveries by the status they were answered with; accepted is any 2xx',
    labels: ['answer'],
    read: () => {
      const { accepted, refused } = stats();
      const refusals = Object.entries(refused).map(
        ([status, count]) => [{ answer: status }, count] as const,
      );
      return [[{ answer: 'accepted' }, accepted], ...refusals];
    },
  });
  addCounter(registry, {
    name: 'hookline_receiver_duplicates_total',
    help: 'Accepted deliveries whose webhook-id was accepted before',
    read: () => [[{}, stats().duplicates]],
  });
  addCounter(registry, {
    name: 'hookline_receiver_order_violations_total',
    help: 'Accepted file rows lower than an earlier one of the same file and user',
    read: () => [[{}, stats().orderViolations]],
  });
}
