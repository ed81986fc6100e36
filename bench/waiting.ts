// A healthy endpoint beside three that are dead and one that is disabled, with deliveries waiting
// for each, and the same without them, in turn; then all are healed. `npm run bench -- waiting`
// runs it.
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { AT_RISK_FACTOR } from '../consumer/delivery-loop.ts';
import { loadConfig } from '../common/config/config.ts';
import { diskMiB } from './disk.ts';
import { quantile } from './statistics.ts';
import { residentMiB, startSystem, ENDPOINTS, USERS } from './waiting-system.ts';
import type { System } from './waiting-system.ts';
import { fetchStats } from './windows.ts';

export interface WaitingRun {
  /** Deliveries that wait for each of the four. */
  readonly waiting: number;
  readonly minutes: number;
  /** Data of the broker; null where it is not ours. */
  readonly kafkaDir: string | null;
}

export interface WaitingResult {
  readonly p95Ms: number;
  readonly aloneP95Ms: number;
  readonly p95Ratio: number;
  readonly perSecond: number;
  readonly alonePerSecond: number;
  readonly rateRatio: number;
  /** To any topic but the attempts, for each delivery that waits, itself included. */
  readonly recordsPerDelivery: number;
  /** Answers of `POST /send` to the healthy endpoint other than 202, by status. */
  readonly refused: Readonly<Record<string, number>>;
  readonly samples: readonly Sample[];
  readonly healed: Healed;
}

/** Cost of waiting deliveries, at the end of a turn. */
export interface Sample {
  readonly minute: number;
  /** Memory of the consumer, and of the consumer for which nothing waits. */
  readonly residentMiB: number;
  readonly aloneResidentMiB: number;
  /** Topics but the deliveries themselves and the attempts. */
  readonly topicsMiB: number;
  /** Kafka's own, with the commits and cursors of both. */
  readonly offsetsMiB: number;
  readonly records: number;
}

interface Healed {
  readonly perSecond: number;
  /** Speed of the same deliveries from the head, when none of them had waited. */
  readonly headPerSecond: number;
  readonly ratio: number;
  readonly lost: number;
  readonly repeated: number;
  /** The most that `kill -9` may repeat. */
  readonly repeatedMax: number;
  readonly overtaken: number;
  readonly seconds: number;
}

const CONNECTIONS = 64;
const STEADY_PER_SECOND = 100;
const WINDOW_MS = 3_000;
/** Turns before the measurement, so that circuits are open and code is compiled. */
const SETTLE_TURNS = 5;
const ARRIVES_WITHIN_MS = 30_000;
/**
 * Shares of all waiting deliveries: the speed after healing is measured between the first two; at
 * the third comes `kill -9`.
 */
const MEASURED = [0.05, 0.45] as const;
const KILLED_AT = 0.5;
const STUCK_MS = 180_000;

const nowMs = () => performance.timeOrigin + performance.now();

export async function measureWaiting(
  brokers: readonly string[],
  run: WaitingRun,
): Promise<WaitingResult> {
  const beside = await startSystem(brokers);
  const alone = await startSystem(brokers);
  const sides = [new Side(beside), new Side(alone)] as const;
  try {
    await beside.subscribe('as they are');
    const before = await extraRecords(sides);
    await beside.fill(Math.ceil(run.waiting / 2));
    for (let turn = 0; turn < SETTLE_TURNS; turn += 1) await takeTurn(sides, turn);
    for (const side of sides) side.forget();
    const samples: Sample[] = [];
    const turns = Math.max(2, Math.round((run.minutes * 60_000) / (4 * WINDOW_MS)));
    const startedAtMs = Date.now();
    for (let turn = 0; turn < turns; turn += 1) {
      // The rest comes bit by bit, so that the head has something to pass over all the time.
      const due = Math.ceil(run.waiting / 2 + (run.waiting / 2) * ((turn + 1) / turns));
      await beside.fill(Math.min(run.waiting, due) - beside.filled);
      await takeTurn(sides, turn);
      const records = (await extraRecords(sides)) - before;
      const minute = (Date.now() - startedAtMs) / 60_000;
      samples.push({ minute, ...sizes(sides, run.kafkaDir), records });
    }
    const [ours, theirs] = [await sides[0].latencies(), await sides[1].latencies()];
    const records = (await extraRecords(sides)) - before;
    const rates = sides[0].rates.map((rate, n) => rate / (sides[1].rates[n] as number));
    return {
      p95Ms: quantile(ours, 0.95),
      aloneP95Ms: quantile(theirs, 0.95),
      p95Ratio: quantile(ours, 0.95) / quantile(theirs, 0.95),
      perSecond: Math.round(quantile(sides[0].rates, 0.5)),
      alonePerSecond: Math.round(quantile(sides[1].rates, 0.5)),
      rateRatio: quantile(rates, 0.5),
      recordsPerDelivery: records / (run.waiting * ENDPOINTS.length),
      refused: sides[0].refused,
      samples,
      healed: await heal(beside, alone, run.waiting),
    };
  } finally {
    await Promise.all(sides.map((side) => side.close()));
  }
}

/** Each at a steady rate, then each at full speed, one after the other. */
async function takeTurn(sides: readonly [Side, Side], turn: number): Promise<void> {
  const order = turn % 2 === 0 ? sides : sides.toReversed();
  for (const side of order) await side.steady();
  for (const side of order) await side.full();
}

/** Records of the one and not of the other, without those to the healthy endpoint. */
async function extraRecords([beside, alone]: readonly [Side, Side]): Promise<number> {
  return (await beside.recordsBesideSent()) - (await alone.recordsBesideSent());
}

function sizes([beside, alone]: readonly [Side, Side], kafkaDir: string | null) {
  const { TOPIC_PREFIX: prefix = '' } = beside.system.env;
  const isCounted = (folder: string) =>
    folder.startsWith(`${prefix}.`) && !/\.(deliveries|attempts)-\d+$/.test(folder);
  return {
    residentMiB: residentMiB(beside.system.consumer.pid),
    aloneResidentMiB: residentMiB(alone.system.consumer.pid),
    topicsMiB: diskMiB(kafkaDir, isCounted),
    offsetsMiB: diskMiB(kafkaDir, (folder) => folder.startsWith('__consumer_offsets-')),
  };
}

/** A system with the client that sends to its healthy endpoint. */
class Side {
  readonly system: System;
  rates: number[] = [];
  refused: Record<string, number> = {};
  private readonly pool: Pool;
  private sent: { readonly id: string; readonly atMs: number }[] = [];
  private accepted = 0;

  constructor(system: System) {
    this.system = system;
    this.pool = new Pool(system.url, { connections: CONNECTIONS, pipelining: 1 });
  }

  /** Drops all measurements so far. */
  forget(): void {
    this.rates = [];
    this.sent = [];
  }

  async steady(): Promise<void> {
    const startedAtMs = performance.now();
    const sends: Promise<void>[] = [];
    for (let n = 0; n < (WINDOW_MS * STEADY_PER_SECOND) / 1_000; n += 1) {
      await sleep(Math.max(0, startedAtMs + (n * 1_000) / STEADY_PER_SECOND - performance.now()));
      const atMs = nowMs();
      sends.push(
        this.send().then((id) => {
          if (id !== null) this.sent.push({ id, atMs });
        }),
      );
    }
    await Promise.all(sends);
    await this.untilArrived();
  }

  async full(): Promise<void> {
    const startedAtMs = performance.now();
    const before = this.accepted;
    const worker = async () => {
      while (performance.now() < startedAtMs + WINDOW_MS) await this.send();
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    await this.untilArrived();
    const seconds = (performance.now() - startedAtMs) / 1_000;
    this.rates.push((this.accepted - before) / seconds);
  }

  /** Measures the times from request to receiver at the steady rate, in ms. */
  async latencies(): Promise<readonly number[]> {
    const answer = await fetch(new URL('/arrivals', this.system.receiverUrl));
    const arrivals = (await answer.json()) as Record<string, number>;
    return this.sent.map(({ id, atMs }) => (arrivals[id] ?? Infinity) - atMs);
  }

  async recordsBesideSent(): Promise<number> {
    return (await this.system.countRecords()) - this.accepted;
  }

  async close(): Promise<void> {
    await this.pool.close();
    await this.system.close();
  }

  private async send(): Promise<string | null> {
    const body = JSON.stringify({ user_id: `user-${this.accepted % USERS}`, data: { n: 1 } });
    const headers = { 'content-type': 'application/json' };
    const answer = await this.pool.request({ path: '/send', method: 'POST', headers, body });
    const { id } = (await answer.body.json()) as { id: string };
    if (answer.statusCode === 202) {
      this.accepted += 1;
      return id;
    }
    this.refused[answer.statusCode] = (this.refused[answer.statusCode] ?? 0) + 1;
    await sleep(10);
    return null;
  }

  private async untilArrived(): Promise<void> {
    const deadlineMs = Date.now() + ARRIVES_WITHIN_MS;
    while ((await fetchStats(this.system.receiverUrl)).distinct < this.accepted) {
      if (Date.now() > deadlineMs) throw new Error('what was accepted does not arrive');
      await sleep(5);
    }
  }
}

/** All that waits is delivered, with `kill -9` in the middle; beside it the same from the head. */
async function heal(beside: System, alone: System, waiting: number): Promise<Healed> {
  const total = waiting * ENDPOINTS.length;
  const startedAtMs = Date.now();
  await beside.heal();
  const perSecond = await speedOf(beside, total);
  await untilDelivered(beside, total * KILLED_AT);
  await beside.consumer.kill();
  beside.startConsumer();
  const distinct = await untilDelivered(beside, total);
  const seconds = (Date.now() - startedAtMs) / 1_000;
  const all = Object.values(await beside.stats());
  const sum = (of: 'repeated' | 'overtaken') => all.reduce((total, one) => total + one[of], 0);
  const ordered = (await beside.stats()).rest;

  await alone.consumer.kill();
  await alone.heal();
  await alone.fill(waiting);
  alone.startConsumer();
  const headPerSecond = await speedOf(alone, total);
  return {
    perSecond,
    headPerSecond,
    ratio: perSecond / headPerSecond,
    lost: total - distinct,
    repeated: sum('repeated'),
    repeatedMax: AT_RISK_FACTOR * loadConfig(beside.env).CONCURRENCY,
    overtaken: ordered?.overtaken ?? 0,
    seconds,
  };
}

async function speedOf(system: System, total: number): Promise<number> {
  const at: number[] = [];
  const counts: number[] = [];
  for (const share of MEASURED) {
    counts.push(await untilDelivered(system, total * share));
    at.push(performance.now());
  }
  const [from = 0, to = 0] = at;
  const [before = 0, after = 0] = counts;
  return Math.round(((after - before) * 1_000) / (to - from));
}

/** Resolves once so many different ones have come, or none any more. @returns how many */
async function untilDelivered(system: System, count: number): Promise<number> {
  let last = { distinct: 0, atMs: Date.now() };
  for (;;) {
    const all = Object.values(await system.stats());
    const distinct = all.reduce((sum, one) => sum + one.distinct, 0);
    if (distinct >= count || Date.now() - last.atMs > STUCK_MS) return distinct;
    if (distinct > last.distinct) last = { distinct, atMs: Date.now() };
    await sleep(50);
  }
}
