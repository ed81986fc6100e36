import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { loadConfig } from '../common/config/config.ts';
import { retrySchedule } from '../common/config/retry-schedule.ts';
import type { Stats } from '../receiver/stats.ts';
import { prepareDeliveries, startConsumer } from './deliveries.ts';
import { startScript } from './process.ts';
import { quantile } from './statistics.ts';
import { fetchStats } from './windows.ts';
import { MEASURED, simulate } from './simulation.ts';
import type { Costs, Scenario } from './scenario.ts';

/** A run of a real consumer with a backlog before it, which the model runs as well. */
export interface RealRun {
  readonly name: string;
  readonly records: number;
  readonly users: number;
  readonly answerAfterMs: number;
  readonly failureShare: number;
  readonly env: Readonly<Record<string, string>>;
}

interface Comparison {
  readonly name: string;
  readonly real: number;
  readonly simulated: number;
  readonly bound: string;
}

const LOOK_MS = 20;
const STUCK_MS = 120_000;
const PINGS = 300;
/** Attempts that find the costs; the first fifth of them compiles the code and is not counted. */
const CALIBRATION = 200_000;

/** Measures what an attempt costs on this machine, as the model needs it. */
export async function measureCosts(brokers: readonly string[]): Promise<Costs> {
  const run = { users: 5_000, answerAfterMs: 0, env: {} };
  const accepted = await speedOf(
    brokers,
    { ...run, name: 'accepted', records: CALIBRATION, failureShare: 0 },
    (stats) => stats.received,
  );
  // Each is refused twice: the first goes to a retry topic, the second to the dead letters.
  const refused = await speedOf(
    brokers,
    {
      ...{ ...run, name: 'refused', records: CALIBRATION / 2, failureShare: 1 },
      env: { RETRY_SCHEDULE: '1s' },
    },
    (stats) => stats.received,
    CALIBRATION,
  );
  const attemptMicros = 1e6 / accepted;
  return { attemptMicros, refusalMicros: 1e6 / refused - attemptMicros, fetchMs: 1 };
}

/** Lets a run happen, and has the model foretell it. */
export async function compareRun(
  brokers: readonly string[],
  costs: Costs,
  run: RealRun,
): Promise<Comparison> {
  const answerMs = await measureAnswer(run);
  const real = await speedOf(brokers, run, (stats) => stats.distinct);
  const { perSecond, bound } = simulate(scenarioOf(run, costs, answerMs));
  return { name: run.name, real, simulated: perSecond, bound };
}

function scenarioOf(run: RealRun, costs: Costs, answerMs: number): Scenario {
  const config = loadConfig(run.env);
  return {
    ...{ name: run.name, seed: 1, partitions: config.PARTITIONS, consumers: 1 },
    ...{ concurrency: Number(run.env['CONCURRENCY'] ?? 64), ordering: config.ORDERING },
    ...{ deliveries: run.records, arrivalsPerSecond: null, users: run.users, hotUserShare: 0 },
    retryDelaysMs: [...retrySchedule(config)],
    endpoints: [
      {
        ...{ share: 1, answerMs, answers: 'fixed', ratePerSecond: null },
        failureShare: run.failureShare,
      },
    ],
    costs,
  };
}

const targetEnv = ({ answerAfterMs, failureShare }: RealRun) => ({
  ANSWER_AFTER_MS: String(answerAfterMs),
  FAIL_SHARE: String(failureShare),
});

/**
 * Counts a second between the first and the last part of a run.
 *
 * @param total what is counted at the end
 */
async function speedOf(
  brokers: readonly string[],
  run: RealRun,
  count: (stats: Stats) => number,
  total = run.records,
): Promise<number> {
  const { records, users, env: settings } = run;
  const prepared = await prepareDeliveries(brokers, {
    ...{ records, users, env: settings, targetEnv: targetEnv(run) },
  });
  const { target, receiverUrl, env, remove } = prepared;
  const consumer = startConsumer(env);
  try {
    const passed: { count: number; atMs: number }[] = [];
    for (const part of MEASURED) {
      passed.push(await until(receiverUrl, count, total * part));
    }
    const [from, to] = passed as [{ count: number; atMs: number }, { count: number; atMs: number }];
    return ((to.count - from.count) * 1_000) / (to.atMs - from.atMs);
  } finally {
    await consumer.end();
    await target.end();
    remove();
  }
}

/** @throws when nothing more comes */
async function until(receiverUrl: string, count: (stats: Stats) => number, wanted: number) {
  let last = { count: 0, atMs: performance.now() };
  for (;;) {
    const now = { count: count(await fetchStats(receiverUrl)), atMs: performance.now() };
    if (now.count >= wanted) return now;
    if (now.count > last.count) last = now;
    if (now.atMs - last.atMs > STUCK_MS) throw new Error(`stuck at ${now.count} of ${wanted}`);
    await sleep(LOOK_MS);
  }
}

/** The median time to an answer of the target, one request after the other. */
async function measureAnswer(run: RealRun): Promise<number> {
  const target = startScript('bench/target.ts', [], targetEnv(run));
  const pool = new Pool(await target.firstLine, { connections: 1 });
  try {
    const times: number[] = [];
    for (let n = 0; n < PINGS; n += 1) {
      const startedAtMs = performance.now();
      const { body } = await pool.request({ path: '/webhook', method: 'POST', body: '{}' });
      await body.dump();
      times.push(performance.now() - startedAtMs);
    }
    return quantile(times, 0.5);
  } finally {
    await pool.close();
    await target.end();
  }
}
