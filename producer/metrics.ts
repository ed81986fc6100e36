import { Counter } from 'prom-client';
import { addGauge } from '../common/metrics.ts';
import type { Registry } from '../common/metrics.ts';
import type { LagGate } from './lag-gate.ts';

export interface ProducerMetrics {
  accepted(source: 'http' | 'file', deliveries: number): void;
}

type Gate = Pick<LagGate, 'isOpen' | 'wrote'>;

/** What this process puts into the log. What it refuses is in the figures of its HTTP API. */
export function createProducerMetrics(registry: Registry): ProducerMetrics {
  const accepted = new Counter({
    name: 'hookline_deliveries_accepted_total',
    help: 'Deliveries that all in-sync replicas of Kafka have',
    labelNames: ['source'],
    registers: [registry],
  });
  return { accepted: (source, deliveries) => accepted.inc({ source }, deliveries) };
}

export function addGateMetrics(registry: Registry, gate: Pick<LagGate, 'isOpen' | 'lag'>): void {
  addGauge(registry, {
    name: 'hookline_ingest_lag',
    help: 'Deliveries that wait, as the admission counts them against MAX_LAG',
    read: () => [[{}, gate.lag]],
  });
  addGauge(registry, {
    name: 'hookline_ingest_held_back',
    help: '1 while MAX_LAG keeps files waiting and the API answering 429',
    read: () => [[{}, gate.isOpen ? 0 : 1]],
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
