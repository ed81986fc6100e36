import type { Config } from '../../common/config/config.ts';
import { addCounter } from '../../common/process/metrics.ts';
import type { Registry } from '../../common/process/metrics.ts';
import type { FilteredCounts } from '../../common/subscriptions/filtered-counts.ts';

/** Label of all endpoints that have no series of their own. */
export const OTHER_ENDPOINTS = 'other';

/** Adds the metric of the events that filters leave out; the first subscriptions have series. */
export function addFilteredMetric(
  registry: Registry,
  { METRICS_ENDPOINTS: most }: Pick<Config, 'METRICS_ENDPOINTS'>,
  counts: FilteredCounts,
): void {
  addCounter(registry, {
    name: 'hookline_endpoint_filtered_total',
    help: 'Events that the filter of a subscription left out; beyond METRICS_ENDPOINTS in `other`',
    labels: ['endpoint'],
    read: () => {
      const own = counts.list(most).map(([endpoint, count]) => [{ endpoint }, count] as const);
      const others = counts.beyond(most);
      return others === 0 ? own : [...own, [{ endpoint: OTHER_ENDPOINTS }, others] as const];
    },
  });
}
