import type { Scenario } from './scenario.ts';

/** Measured on the machine of docs/benchmarks.md. */
const COSTS = { attemptMicros: 37, refusalMicros: 30, fetchMs: 1 };
/** 1.2 attempts a delivery: one attempt of six is refused. */
const FAILURE_SHARE = 1 / 6;

const BASE: Scenario = {
  ...{ name: '', seed: 1, partitions: 12, consumers: 2, concurrency: 64, ordering: 'none' },
  ...{ deliveries: 10_000, arrivalsPerSecond: 1_000, users: 1_000_000, hotUserShare: 0 },
  // Short ones, so that a run of seconds has its retries.
  retryDelaysMs: [100, 200, 200, 200],
  endpoints: [
    {
      ...{ share: 1, answerMs: 100, answers: 'exponential', ratePerSecond: null },
      failureShare: FAILURE_SHARE,
    },
  ],
  costs: COSTS,
};

/** Returns a scenario of so many deliveries a second for so long. */
function load(name: string, perSecond: number, seconds: number, changes: Partial<Scenario>) {
  const arrivals = { arrivalsPerSecond: perSecond, deliveries: perSecond * seconds };
  return { ...BASE, name, ...arrivals, ...changes };
}

/** The scenarios of docs/scaling.md; one in a file takes what it does not say from the first. */
export const SCENARIOS: readonly [Scenario, ...Scenario[]] = [
  load('1,000 a second, as it comes', 1_000, 20, {}),
  load('the same, CONCURRENCY=256', 1_000, 20, { concurrency: 256 }),
  load('10,000 a second', 10_000, 5, { concurrency: 1_500 }),
  load('100,000 a second', 100_000, 3, { consumers: 7, partitions: 21, concurrency: 3_500 }),
  load('1,000,000 a second', 1_000_000, 2, {
    ...{ consumers: 70, partitions: 210, concurrency: 3_500 },
  }),
  load('the same, half the consumers', 1_000_000, 2, {
    ...{ consumers: 35, partitions: 210, concurrency: 7_000 },
  }),
  load('1,000 a second, ordered, 1 % for one user', 1_000, 20, {
    ...{ ordering: 'key', concurrency: 256, hotUserShare: 0.01 },
  }),
  load('the same, 0.1 % for one user', 1_000, 20, {
    ...{ ordering: 'key', concurrency: 256, hotUserShare: 0.001 },
  }),
];
