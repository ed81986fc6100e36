// Goal: RATE_LIMIT is the rate of the whole fleet, however many consumers share it: the receiver
// sees it within 5 %, and in no second more than it and one grant, as whole deliveries.
import assert from 'node:assert/strict';
import { cpus } from 'node:os';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { cpuSeconds } from '../../../bench/process.ts';
import { GRANT_MS } from '../../../consumer/endpoint/grant-budget.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { formatTable } from '../../../common/cli/table.ts';
import { until } from '../../support/until.ts';

const FLEET_MAX = 3;
/** After a consumer has its partitions: those before it have let go of them by then. */
const SETTLE_MS = 3_000;
/** Above this part of a core a process may not be able to send, or to look, in time. */
const BUSY = 0.8;
/** With less of the machine idle no process may. */
const IDLE_MIN = 0.25;
/**
 * Largest excess within one second, as a share of the rate, on a busy machine: delayed requests
 * come at once.
 */
const BURST_MAX = 0.5;

/** A standstill is seen to this, so it may have lasted so much longer. */
const RESOLUTION_MS = 5;

interface Case {
  readonly rate: number;
  /** How long each fleet is watched. */
  readonly watchMs: number;
  /** Enough for all the time that it takes. */
  readonly rows: number;
}

interface Seen {
  readonly consumers: number;
  readonly rate: number;
  readonly mean: string;
  readonly mostInASecond: number;
  readonly allowed: string;
  /** Idle share of the machine, and the load of the busiest process. */
  readonly idle: string;
  readonly busiest: string;
}

// Side by side, because these need little of the machine.
describe('a rate is the whole fleet’s', { concurrency: true }, () => {
  test('0.5 a second', (t) => holds(t, { rate: 0.5, watchMs: 11_000, rows: 600 }));
  test('20 a second', (t) => holds(t, { rate: 20, watchMs: 11_000, rows: 5_000 }));
  test('1,000 a second', (t) => holds(t, { rate: 1_000, watchMs: 8_000, rows: 120_000 }));
});

test('10,000 a second', (t) => holds(t, { rate: 10_000, watchMs: 4_000, rows: 450_000 }));

async function holds(t: TestContext, { rate, watchMs, rows }: Case): Promise<void> {
  const system = await aDeliverySystem(t, { PARTITIONS: '12', RATE_LIMIT: String(rate) });
  await system.produce(rows, 1_200);
  const all: Seen[] = [];
  const pids: number[] = [];
  t.after(() => {
    const table = formatTable(Object.keys(all[0] ?? {}), all.map(Object.values));
    for (const line of table.split('\n')) t.diagnostic(line);
  });
  const wrong: Seen[] = [];
  for (let consumers = 1; consumers <= FLEET_MAX; consumers += 1) {
    const joined = system.start('consumer');
    await until(async () => (await system.shares()).length === consumers, {
      describe: joined.output,
    });
    await sleep(SETTLE_MS);
    pids.push(joined.pid);
    const { mean, most, excess, idle, busiest } = await watch(system, pids, { rate, watchMs });
    const isBusy = idle < IDLE_MIN || busiest > BUSY;
    const allowed = rate + (isBusy ? Math.max(excess, rate * BURST_MAX) : excess);
    const seen = {
      ...{ consumers, rate, mean: mean.toPrecision(4), mostInASecond: most },
      ...{ allowed: allowed.toFixed(1), idle: percent(idle), busiest: percent(busiest) },
    };
    all.push(seen);
    const isOver = mean > rate * 1.05 || most > Math.ceil(allowed);
    if ((mean < rate * 0.95 && !isBusy) || isOver) wrong.push(seen);
  }
  assert.deepEqual(wrong, []);
  assert.ok((await system.lag()) > 0, 'there was enough to do all the time');
  assert.equal(system.receiver.stats().duplicates, 0);
}

/** Measures the rate of the deliveries that the receiver accepts in a time span. */
async function watch(
  { receiver }: DeliverySystem,
  pids: readonly number[],
  { rate, watchMs }: Pick<Case, 'rate' | 'watchMs'>,
) {
  const delays = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
  delays.enable();
  const before = cpuTimes();
  const all = [process.pid, ...pids];
  const spent = all.map(cpuSeconds);
  receiver.reset();
  await sleep(watchMs);
  const { accepted, firstAt, lastAt, ratePerSecondMax: most } = receiver.stats();
  const after = cpuTimes();
  const busyS = all.map((pid, index) => cpuSeconds(pid) - (spent[index] as number));
  delays.disable();
  const spanMs = (lastAt ?? 0) - (firstAt ?? 0);
  assert.ok(spanMs > watchMs * 0.7, `it went on all the time: ${spanMs} of ${watchMs} ms`);
  // Deliveries that come while the receiver itself stands still count as come when it goes on; and
  // the senders, on the same machine, may stand still as long.
  const stillMs = 2 * (delays.max / 1e6 + RESOLUTION_MS);
  const grant = Math.max(1, (rate * GRANT_MS) / 1_000);
  return {
    mean: ((accepted - 1) / spanMs) * 1_000,
    most,
    excess: grant + (rate * stillMs) / 1_000,
    idle: (after.idle - before.idle) / (after.all - before.all),
    busiest: (Math.max(...busyS) * 1_000) / watchMs,
  };
}

function percent(part: number): string {
  return `${Math.round(part * 100)} %`;
}

function cpuTimes(): { readonly idle: number; readonly all: number } {
  const times = cpus().map((cpu) => cpu.times);
  const sum = (one: (typeof times)[number]) => Object.values(one).reduce((a, b) => a + b, 0);
  return {
    idle: times.reduce((total, { idle }) => total + idle, 0),
    all: times.reduce((total, one) => total + sum(one), 0),
  };
}
