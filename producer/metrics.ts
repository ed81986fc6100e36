import { Counter } from 'prom-client';
import { addGauge } from '../common/process/metrics.ts';
import type { Registry } from '../common/process/metrics.ts';
import type { LagGate, LagGates } from './admission/lag-gate.ts';
import type { BucketWatcher } from './bucket/bucket-watcher.ts';

export interface ProducerMetrics {
  accepted(source: 'http' | 'file', deliveries: number): void;
}

type Gate = Pick<LagGate, 'isOpen' | 'wrote'>;

/**
 * Creates the metrics of the deliveries that this process puts into the log. Refused requests are
 * counted by the metrics of its HTTP API.
 */
export function createProducerMetrics(registry: Registry): ProducerMetrics {
  const accepted = new Counter({
    name: 'hookline_deliveries_accepted_total',
    help: 'Deliveries that all in-sync replicas of Kafka have',
    labelNames: ['source'],
    registers: [registry],
  });
  return { accepted: (source, deliveries) => accepted.inc({ source }, deliveries) };
}

export function addGateMetrics(
  registry: Registry,
  { live, bulk }: Pick<LagGates, 'live' | 'bulk'>,
): void {
  const ofEach = (read: (gate: Pick<LagGate, 'isOpen' | 'lag'>) => number) =>
    [
      [{ lane: 'live' }, read(live)],
      [{ lane: 'bulk' }, read(bulk)],
    ] as const;
  addGauge(registry, {
    name: 'hookline_ingest_lag',
    help: 'Deliveries that wait, as the lane counts them against MAX_LAG: the bulk lane counts all',
    labels: ['lane'],
    read: () => ofEach(({ lag }) => lag),
  });
  addGauge(registry, {
    name: 'hookline_ingest_held_back',
    help: '1 while MAX_LAG keeps the API answering 429 (live), or files waiting (bulk)',
    labels: ['lane'],
    read: () => ofEach(({ isOpen }) => (isOpen ? 0 : 1)),
  });
}

export function addBucketMetrics(registry: Registry, watcher: Pick<BucketWatcher, 'states'>): void {
  addGauge(registry, {
    name: 'hookline_bucket_away',
    help: '1 while an inbox of S3_INBOX cannot be listed',
    labels: ['inbox'],
    read: () =>
      watcher.states().map(({ url, isAway }) => [{ inbox: url }, isAway ? 1 : 0] as const),
  });
  addGauge(registry, {
    name: 'hookline_objects_refused',
    help: 'Objects of an inbox of S3_INBOX that S3 refuses to give, move or tag; tried again',
    labels: ['inbox'],
    read: () => watcher.states().map(({ url, refused }) => [{ inbox: url }, refused] as const),
  });
}

/** The gate, counting what is written past it. */
export function countingGate(gate: Gate, count: (records: number) => void): Gate {
  return {
    get isOpen() {
      return gate.isOpen;
    },
    wrote(records) {
      if (records > 0) count(records);
      gate.wrote(records);
    },
  };
}
