import type { ConsumerState, EndpointReport } from '../../common/model/consumer-state.ts';
import type { Behind } from '../cluster/behind.ts';
import type { EndpointStatus } from './endpoint-stats.ts';
import type { EndpointView, Resting } from './endpoint-view.ts';

/** Returns the reports of all consumers, by subscription; null: the default endpoint. */
export function reportsByEndpoint(
  consumers: readonly ConsumerState[],
): ReadonlyMap<string | null, readonly EndpointReport[]> {
  const all = consumers.flatMap(({ endpoints }) => endpoints);
  return Map.groupBy(all, ({ subscription }) => subscription);
}

/** Adds what the consumers say to what the attempts show. */
export function endpointLine(
  status: EndpointStatus,
  reports: readonly EndpointReport[],
  behind: Behind | undefined,
  nowMs: number,
): EndpointView {
  const sum = (of: (report: EndpointReport) => number) =>
    reports.reduce((total, report) => total + of(report), 0);
  const limits = reports.map(({ ratePerSecond }) => ratePerSecond);
  const isLimited = limits.length > 0 && !limits.includes(null);
  return {
    ...status,
    state: stateOf(status, reports),
    rate_limit: isLimited ? sum(({ ratePerSecond }) => ratePerSecond ?? 0) : null,
    ...restingOf(reports),
    disabled_reason: null,
    failing_since: null,
    in_flight: sum(({ inFlight }) => inFlight),
    waiting: sum(({ waiting }) => waiting),
    behind: behind?.left ?? null,
    oldest_waiting_seconds: behind?.sinceMs
      ? Math.max(0, Math.round((nowMs - behind.sinceMs) / 1_000))
      : null,
  };
}

type Rest = Pick<EndpointReport, 'restingUntil' | 'restingReason'>;

/** The pause of an endpoint: it lasts until the last of the consumers goes on. */
export function restingOf(reports: readonly Rest[]): Resting {
  const untilOf = (report: Rest) => report.restingUntil ?? 0;
  const [last] = reports.filter((one) => one.restingReason).sort((a, b) => untilOf(b) - untilOf(a));
  const latestMs = Math.max(0, ...reports.map(untilOf));
  return {
    resting_until: latestMs === 0 ? null : new Date(latestMs).toISOString(),
    resting_reason: last?.restingReason ?? null,
  };
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
