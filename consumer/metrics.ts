import { Histogram } from 'prom-client';
import type { Config } from '../common/config/config.ts';
import type { DeliveryState, NewAttempt } from '../common/model/attempt.ts';
import type { ConsumerState } from '../common/model/consumer-state.ts';
import { addEndpointMetrics } from './endpoint-metrics.ts';
import { DEFAULT_ENDPOINT_ID } from '../common/subscriptions/default-endpoint.ts';
import { DURATION_BUCKETS, addCounter, addGauge } from '../common/process/metrics.ts';
import type { Registry } from '../common/process/metrics.ts';
import type { Losses } from './log/losses.ts';
import type { AttemptLog } from './outcome/attempt-log.ts';

type State = Omit<ConsumerState, 'clientId'>;
type Attempted = Pick<NewAttempt, 'attempt' | 'state' | 'status' | 'latencyMs' | 'subscription'>;

export interface ConsumerMetrics {
  /** Counts an attempt that has ended, and one that was never made. */
  attempted(attempt: Attempted): void;
  /** Keeps how the engine is, for the next scrape. */
  tell(state: State): void;
}

/** Creates the metrics of this process's deliveries and of its state. */
export function createConsumerMetrics(
  registry: Registry,
  { METRICS_ENDPOINTS: endpointsMax }: Pick<Config, 'METRICS_ENDPOINTS'>,
  ownedPartitions: () => number,
  losses: Pick<Losses, 'totals'>,
): ConsumerMetrics {
  let now: State = { alarms: [], places: 0, filteredOut: {}, endpoints: [], inFlight: [] };
  const attempts = new AttemptCounts();
  addCounter(registry, {
    name: 'hookline_delivery_attempts_total',
    help: 'Attempts by what became of the delivery: retrying ones wait, dead ones are dead letters',
    labels: ['outcome', 'status'],
    read: () => attempts.readings(),
  });
  // Without labels, so that it is there from the start: of a series that begins with the first dead
  // letters, Prometheus sees no increase.
  addCounter(registry, {
    name: 'hookline_deliveries_dead_lettered_total',
    help: 'Deliveries that were given up and are dead letters',
    read: () => [[{}, attempts.total('dead')]],
  });
  const durations = new Histogram({
    name: 'hookline_delivery_attempt_duration_seconds',
    help: "Time to the receiver's answer, or to the end of waiting for it",
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  const sum = (of: 'inFlight' | 'waiting') =>
    now.endpoints.reduce((total, endpoint) => total + endpoint[of], 0);
  addGauge(registry, {
    name: 'hookline_deliveries_in_flight',
    help: 'Requests under way, a second ago at most',
    read: () => [[{}, sum('inFlight')]],
  });
  addGauge(registry, {
    name: 'hookline_deliveries_waiting',
    help: 'Taken from the log and not sent yet, a second ago at most',
    read: () => [[{}, sum('waiting')]],
  });
  const endpoints = addEndpointMetrics(registry, endpointsMax, () => now.endpoints);
  addGauge(registry, {
    name: 'hookline_alarms',
    help: '1 for each kind of thing that keeps this consumer from its work',
    labels: ['kind'],
    read: () => now.alarms.map(({ kind }) => [{ kind }, 1]),
  });
  addCounter(registry, {
    name: 'hookline_records_lost_total',
    help: 'At most this many records left the log before they were delivered, since this process began',
    labels: ['topic'],
    read: () => [...losses.totals()].map(([topic, count]) => [{ topic }, count]),
  });
  addGauge(registry, {
    name: 'hookline_partitions_owned',
    help: 'Partitions of the deliveries topic that this consumer has',
    read: () => [[{}, ownedPartitions()]],
  });
  return {
    attempted({ attempt, state, status, latencyMs, subscription }) {
      attempts.count(state, status ?? null);
      const wasSent = attempt > 0 && state !== 'cancelled';
      if (!wasSent) return;
      durations.observe(latencyMs / 1_000);
      endpoints.attempted(subscription ?? DEFAULT_ENDPOINT_ID, state, latencyMs / 1_000);
    },
    tell: (state) => void (now = state),
  };
}

/** A counter of prom-client looks its labels up by a text that it makes of them each time. */
class AttemptCounts {
  private readonly counts = new Map<DeliveryState, Map<number | null, number>>();

  count(state: DeliveryState, status: number | null): void {
    let byStatus = this.counts.get(state);
    if (!byStatus) this.counts.set(state, (byStatus = new Map()));
    byStatus.set(status, (byStatus.get(status) ?? 0) + 1);
  }

  total(state: DeliveryState): number {
    const counts = [...(this.counts.get(state)?.values() ?? [])];
    return counts.reduce((sum, count) => sum + count, 0);
  }

  readings() {
    return [...this.counts].flatMap(([outcome, byStatus]) =>
      Array.from(byStatus, ([status, count]) => {
        return [{ outcome, status: String(status ?? 'none') }, count] as const;
      }),
    );
  }
}

/** The attempt log, counting what is written to it. */
export function countingAttempts(
  log: Pick<AttemptLog, 'write'>,
  metrics: Pick<ConsumerMetrics, 'attempted'>,
): Pick<AttemptLog, 'write'> {
  return {
    write(attempt) {
      metrics.attempted(attempt);
      return log.write(attempt);
    },
  };
}
