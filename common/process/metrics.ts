import { Counter, Gauge, Registry, collectDefaultMetrics } from 'prom-client';
import { VERSION } from '../base/version.ts';

export type { Registry };

/** Seconds; from a receiver next door to DELIVERY_TIMEOUT_MS. */
export const DURATION_BUCKETS = [
  ...[0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 15, 30],
];

/**
 * The figures of one process: those of Node to begin with.
 *
 * @param role `producer`, `consumer`, …
 */
export function createRegistry(role: string): Registry {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  new Gauge({
    name: 'hookline_build_info',
    help: 'Always 1; the labels say what runs',
    labelNames: ['version', 'role'],
    registers: [registry],
  }).set({ version: VERSION, role }, 1);
  return registry;
}

type Reading<Label extends string> = readonly [
  labels: Partial<Record<Label, string>>,
  value: number,
];

interface Read<Label extends string> {
  readonly name: string;
  readonly help: string;
  readonly labels?: readonly Label[];
  /** Called at each scrape: what is not named any more is gone. */
  readonly read: () => readonly Reading<Label>[];
}

/** A figure that somebody keeps anyway, and that goes up and down. */
export function addGauge<Label extends string = never>(
  registry: Registry,
  { name, help, labels = [], read }: Read<Label>,
): void {
  new Gauge({
    ...{ name, help, labelNames: labels, registers: [registry] },
    collect() {
      this.reset();
      for (const [labelled, value] of read()) this.set(labelled, value);
    },
  });
}

/** A figure that somebody keeps anyway, and that only grows. */
export function addCounter<Label extends string = never>(
  registry: Registry,
  { name, help, labels = [], read }: Read<Label>,
): void {
  new Counter({
    ...{ name, help, labelNames: labels, registers: [registry] },
    collect() {
      this.reset();
      for (const [labelled, value] of read()) this.inc(labelled, value);
    },
  });
}
