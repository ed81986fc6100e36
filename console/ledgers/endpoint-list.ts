import type { ConsumerState, EndpointReport } from '../../common/model/consumer-state.ts';
import type { EndpointStatus } from './endpoint-stats.ts';
import type { EndpointView } from './endpoint-view.ts';

/** Adds what the consumers say to what the attempts show. */
export function endpointLine(
  status: EndpointStatus,
  consumers: readonly ConsumerState[],
): EndpointView {
  const reports = consumers.flatMap(({ endpoints }) =>
    endpoints.filter(({ subscription }) => subscription === status.subscription),
  );
  const sum = (of: (report: EndpointReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const limits = reports.map(({ ratePerSecond }) => ratePerSecond);
  const isLimited = limits.length > 0 && !limits.includes(null);
  return {
    ...status,
    state: stateOf(status, reports),
    rate_limit: isLimited ? sum(({ ratePerSecond }) => ratePerSecond ?? 0) : null,
    resting_until: restingUntil(reports),
    disabled_reason: null,
    failing_since: null,
    in_flight: sum(({ inFlight }) => inFlight),
    waiting: sum(({ waiting }) => waiting),
  };
}

/** The time at which the last of the consumers goes on; null: none rests. */
export function restingUntil(reports: readonly EndpointReport[]): string | null {
  const latestMs = Math.max(0, ...reports.map((report) => report.restingUntil ?? 0));
  return latestMs === 0 ? null : new Date(latestMs).toISOString();
}

/** The consumers know of a circuit before any attempt shows it. */
function stateOf(
  { state }: EndpointStatus,
  reports: readonly EndpointReport[],
): EndpointView['state'] {
  const says = (wanted: EndpointReport['state']) => reports.some((one) => one.state === wanted);
  if (says('disabled')) return 'disabled';
  if (says('circuit-open')) return 'circuit-open';
  return says('paused') ? 'throttled' : state;
}
