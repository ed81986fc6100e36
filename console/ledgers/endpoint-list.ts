import type { ConsumerState, EndpointReport } from '../../common/model/consumer-state.ts';
import type { EndpointStatus } from './endpoint-stats.ts';

/** An endpoint as its attempts show it, and as the consumers that send to it say. */
export interface EndpointLine extends Omit<EndpointStatus, 'state'> {
  readonly state: EndpointStatus['state'] | 'circuit-open' | 'disabled';
  /** Deliveries a second that all consumers together may send now; null: no limit. */
  readonly limitPerSecond: number | null;
  /** The target has asked for rest until then; null: it does not rest. */
  readonly resting_until: string | null;
  readonly inFlight: number;
  /** Why it is disabled; null when it is not. */
  readonly disabledReason: string | null;
  /** Time since which attempts fail and none is accepted; null: deliveries are accepted. */
  readonly failingSince: string | null;
  /** Number of deliveries that a consumer has read and not sent yet; the log may hold more. */
  readonly waiting: number;
}

/** Adds what the consumers say to what the attempts show. */
export function endpointLine(
  status: EndpointStatus,
  consumers: readonly ConsumerState[],
): EndpointLine {
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
    limitPerSecond: isLimited ? sum(({ ratePerSecond }) => ratePerSecond ?? 0) : null,
    resting_until: restingUntil(reports),
    disabledReason: null,
    failingSince: null,
    inFlight: sum(({ inFlight }) => inFlight),
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
): EndpointLine['state'] {
  const says = (wanted: EndpointReport['state']) => reports.some((one) => one.state === wanted);
  if (says('disabled')) return 'disabled';
  if (says('circuit-open')) return 'circuit-open';
  return says('paused') ? 'throttled' : state;
}
