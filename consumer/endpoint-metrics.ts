import type { DeliveryState } from '../common/model/attempt.ts';
import type { EndpointReport } from '../common/model/consumer-state.ts';
import { addCounter, addGauge } from '../common/process/metrics.ts';
import type { Registry } from '../common/process/metrics.ts';
import { DEFAULT_ENDPOINT_ID } from '../common/subscriptions/default-endpoint.ts';
import { OTHER_ENDPOINTS } from './endpoint/filtered-metric.ts';

interface Counts {
  readonly byOutcome: Map<DeliveryState, number>;
  seconds: number;
}

/**
 * Counts attempts by endpoint. The first endpoints have series of their own for as long as the
 * process lives, and all further ones share one: each series costs Prometheus memory, and a counter
 * must not change its label.
 */
export class EndpointCounts {
  private readonly most: number;
  private readonly counts = new Map<string, Counts>();

  constructor(most: number) {
    this.most = most;
  }

  attempted(endpoint: string, outcome: DeliveryState, seconds: number): void {
    const counts = this.counts.get(endpoint) ?? this.add(endpoint);
    counts.byOutcome.set(outcome, (counts.byOutcome.get(outcome) ?? 0) + 1);
    counts.seconds += seconds;
  }

  attempts() {
    return [...this.counts].flatMap(([endpoint, { byOutcome }]) =>
      [...byOutcome].map(([outcome, count]) => [{ endpoint, outcome }, count] as const),
    );
  }

  seconds() {
    return [...this.counts].map(([endpoint, { seconds }]) => [{ endpoint }, seconds] as const);
  }

  private add(endpoint: string): Counts {
    const name = this.counts.size < this.most ? endpoint : OTHER_ENDPOINTS;
    const counts = this.counts.get(name) ?? { byOutcome: new Map(), seconds: 0 };
    this.counts.set(name, counts);
    return counts;
  }
}

/** Returns the label of a state: what a person has stopped is told apart, as it needs no alert. */
function stateOf({ state, isStopped }: EndpointReport): string {
  return isStopped ? 'stopped' : state;
}

/** Adds the metrics that have a label for each endpoint. */
export function addEndpointMetrics(
  registry: Registry,
  endpointsMax: number,
  reports: () => readonly EndpointReport[],
): Pick<EndpointCounts, 'attempted'> {
  const counts = new EndpointCounts(endpointsMax);
  addCounter(registry, {
    name: 'hookline_endpoint_attempts_total',
    help: 'Attempts by endpoint; those beyond METRICS_ENDPOINTS are in `other`',
    labels: ['endpoint', 'outcome'],
    read: () => counts.attempts(),
  });
  addCounter(registry, {
    name: 'hookline_endpoint_attempt_seconds_total',
    help: 'Time that was spent on attempts, by endpoint: divided by their number it is the mean',
    labels: ['endpoint'],
    read: () => counts.seconds(),
  });
  const endpointOf = ({ subscription }: EndpointReport) => subscription ?? DEFAULT_ENDPOINT_ID;
  const shown = () => reports().slice(0, endpointsMax);
  addGauge(registry, {
    name: 'hookline_endpoint_state',
    help: '1 for the state of each endpoint that has something to do, or cannot do it',
    labels: ['endpoint', 'state'],
    read: () => shown().map((one) => [{ endpoint: endpointOf(one), state: stateOf(one) }, 1]),
  });
  addGauge(registry, {
    name: 'hookline_endpoint_waiting',
    help: 'Deliveries of an endpoint that wait in this consumer, a second ago at most',
    labels: ['endpoint'],
    read: () => shown().map((one) => [{ endpoint: endpointOf(one) }, one.waiting]),
  });
  return counts;
}
