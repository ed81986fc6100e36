import { setTimeout as sleep } from 'node:timers/promises';
import { pollUntil } from '../common/base/retry.ts';
import type { Stats } from '../receiver/stats.ts';
import { cpuSeconds, stolenTicks } from './process.ts';
import type { Measured } from './process.ts';
import { quantile, sum } from './statistics.ts';

interface Contest {
  readonly receiverUrl: string;
  /** Sends without webhook ids. */
  readonly bare: Measured;
  /** Sends with them. */
  readonly consumer: Measured;
  readonly pids: { readonly receiver: number; readonly broker: number | null };
  /** How many deliveries the consumer has before it. */
  readonly records: number;
}

export interface ContestResult {
  /** Deliveries a second while the consumer ran alone: the median window. */
  readonly perSecond: number;
  readonly barePerSecond: number;
  /** The median of each window's ratio to the mean of the bare windows around it. */
  readonly ratio: number;
  /** Processor seconds for 100,000 deliveries, while the consumer ran alone. */
  readonly cpu: { readonly consumer: number; readonly receiver: number; readonly broker: number };
  /** Part of the processors' time that a virtual machine's host gave to others meanwhile. */
  readonly stolen: number;
  readonly stats: Stats;
  /** How long the consumer ran until all was delivered, s. */
  readonly seconds: number;
}

/**
 * Length of a window in ms: long beside the work that the other one had under way when it was
 * stopped, short beside the noise.
 */
const WINDOW_MS = 1_000;
const TIMEOUT_MS = 600_000;
/** So long the compilers of a new broker and of a new consumer take a part of the processors. */
const WARM_UP_WINDOWS = 10;

interface Window {
  readonly perSecond: number;
  readonly delivered: number;
  readonly seconds: number;
  readonly cpu: readonly number[];
  readonly ticks: ReturnType<typeof stolenTicks>;
}

/**
 * Lets two senders run in turn, a second each, the other one stopped, until the consumer has
 * delivered all. Machines differ and other processes come and go: what lies side by side in time
 * can be compared.
 */
export async function contest(parts: Contest): Promise<ContestResult> {
  const { bare, consumer, records, receiverUrl } = parts;
  const deadlineMs = Date.now() + TIMEOUT_MS;
  const bares: Window[] = [];
  const ours: Window[] = [];
  let stats = await fetchStats(receiverUrl);
  while (stats.distinct < records) {
    consumer.pause();
    bare.goOn();
    bares.push(await measure(parts, (now) => now.accepted - now.distinct - now.duplicates));
    bare.pause();
    consumer.goOn();
    ours.push(await measure(parts, (now) => now.distinct));
    stats = await fetchStats(receiverUrl);
    if (Date.now() > deadlineMs) throw new Error(`stuck at ${JSON.stringify(stats)}`);
  }
  return { ...summarize(bares, ours), stats, seconds: sum(ours.map(({ seconds }) => seconds)) };
}

/** Resolves once so many different deliveries have come. @throws after ten minutes */
export async function delivered(receiverUrl: string, records: number): Promise<void> {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  for (let stats = await fetchStats(receiverUrl); stats.distinct < records;) {
    if (Date.now() > deadlineMs) throw new Error(`stuck at ${JSON.stringify(stats)}`);
    await sleep(WINDOW_MS);
    stats = await fetchStats(receiverUrl);
  }
}

/** Shares of all deliveries between which a rate is taken: neither start nor end counts. */
const MIDDLE = [0.1, 0.9] as const;

/**
 * Waits until so many deliveries have been accepted beyond those before.
 *
 * @returns accepted a second, between a tenth and nine tenths of them
 * @throws  after ten minutes
 */
export async function middleRate(receiverUrl: string, count: number, before = 0): Promise<number> {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  const untilAccepted = async (share: number) => {
    const isThere = async () => (await fetchStats(receiverUrl)).accepted >= before + count * share;
    if (!(await pollUntil(isThere, { everyMs: 20, deadlineMs }))) {
      throw new Error(`stuck at ${JSON.stringify(await fetchStats(receiverUrl))}`);
    }
    return performance.now();
  };
  const from = await untilAccepted(MIDDLE[0]);
  const to = await untilAccepted(MIDDLE[1]);
  await untilAccepted(1);
  return (count * (MIDDLE[1] - MIDDLE[0]) * 1_000) / (to - from);
}

async function measure(
  { receiverUrl, consumer, pids }: Contest,
  count: (stats: Stats) => number,
): Promise<Window> {
  const cpuNow = () => [consumer.pid, pids.receiver, pids.broker].map(cpuSeconds);
  const before = count(await fetchStats(receiverUrl));
  const startedAtMs = performance.now();
  const cpuBefore = cpuNow();
  const ticksBefore = stolenTicks();
  await sleep(WINDOW_MS);
  const cpuAfter = cpuNow();
  const ticksAfter = stolenTicks();
  const delivered = count(await fetchStats(receiverUrl)) - before;
  const seconds = (performance.now() - startedAtMs) / 1_000;
  const cpu = cpuAfter.map((after, index) => after - (cpuBefore[index] as number));
  const ticks = {
    stolen: ticksAfter.stolen - ticksBefore.stolen,
    all: ticksAfter.all - ticksBefore.all,
  };
  return { perSecond: delivered / seconds, delivered, seconds, cpu, ticks };
}

function summarize(bares: readonly Window[], all: readonly Window[]) {
  // The last window is left out, because it ends when nothing is left.
  const indexes = all.map((_, index) => index).slice(WARM_UP_WINDOWS, -1);
  const rate = (windows: readonly Window[], index: number) => windows[index]?.perSecond ?? NaN;
  const around = (index: number) => (rate(bares, index) + rate(bares, index + 1)) / 2;
  const ours = indexes.map((index) => all[index] as Window);
  const delivered = sum(ours.map((window) => window.delivered));
  const cpu = (process: number) =>
    (sum(ours.map((window) => window.cpu[process] as number)) / delivered) * 100_000;
  return {
    perSecond: Math.round(
      quantile(
        ours.map(({ perSecond }) => perSecond),
        0.5,
      ),
    ),
    barePerSecond: Math.round(quantile(indexes.map(around), 0.5)),
    ratio: quantile(
      indexes.map((index) => rate(all, index) / around(index)),
      0.5,
    ),
    cpu: { consumer: cpu(0), receiver: cpu(1), broker: cpu(2) },
    stolen: sum(ours.map(({ ticks }) => ticks.stolen)) / sum(ours.map(({ ticks }) => ticks.all)),
  };
}

/** Fetches the figures of a receiver's deliveries. */
export async function fetchStats(receiverUrl: string): Promise<Stats> {
  const answer = await fetch(new URL('/stats', receiverUrl));
  return (await answer.json()) as Stats;
}
