// Compares other consumers of the same topic on the same machine with ours: a loop written by hand
// in Go and Confluent's Parallel Consumer, in turns with our consumer and with a bare loop of
// undici. `npm run bench -- peers` runs it.
import { setTimeout as sleep } from 'node:timers/promises';
import { topicNames } from '../common/topics/topics.ts';
import type { Stats } from '../receiver/stats.ts';
import { CONSUMER_HEAP } from '../infra/roles.ts';
import { prepareDeliveries } from './deliveries.ts';
import { buildPeers } from './peers/programs.ts';
import { cpuSeconds, peakMemoryMiB, startProgram, startScript } from './process.ts';
import type { Measured } from './process.ts';
import { quantile, sum } from './statistics.ts';
import { fetchStats } from './windows.ts';

export interface PeersRun {
  /** Number of records that wait for each consumer. */
  readonly records: number;
  readonly rounds: number;
  /** Folder in which the peers are built. */
  readonly folder: string;
}

export interface PeerResult {
  readonly name: string;
  /** Deliveries a second: the median round. */
  readonly perSecond: number;
  /** Ratio to the bare loop: the median of the rounds. */
  readonly ratio: number;
  /** µs of its own processor time for one delivery, and of the broker's; NaN where unknown. */
  readonly cpuMicros: number;
  readonly brokerMicros: number;
  readonly peakMiB: number;
}

/** One of the consumers that take turns. */
interface Sender {
  readonly name: string;
  readonly process: Measured;
  readonly receiverUrl: string;
  readonly turns: Turn[];
}

interface Turn {
  readonly perSecond: number;
  readonly delivered: number;
  readonly cpuSeconds: number;
  readonly brokerSeconds: number;
}

/** All others stand still meanwhile: long enough for a figure, too short for their groups. */
const TURN_MS = 1_500;
/**
 * Time until the requests under way have ended after a stop, and until the broker has answered the
 * other consumers' fetches, in ms.
 */
const SETTLE_MS = 200;
/** Rounds before the measurement, so that compilers have done their work. */
const WARM_UP_ROUNDS = 5;
const STARTS_WITHIN_MS = 120_000;
export const BARE = 'bare loop of undici';
export const OURS = 'Hookline';

/** @returns the bare loop, ours, and each peer that could be built */
export async function measurePeers(
  brokers: readonly string[],
  brokerPid: number | null,
  { records, rounds, folder }: PeersRun,
): Promise<readonly PeerResult[]> {
  const programs = await buildPeers(folder);
  const contestants: readonly Contestant[] = [
    {
      name: BARE,
      start: (env) => startScript('bench/bare-loop.ts', [env.WEBHOOK_URL, env.CONCURRENCY, '']),
    },
    { name: OURS, start: (env) => startScript('consumer/main.ts', [], env, CONSUMER_HEAP) },
    ...programs.map(({ name, program, args }) => ({
      name,
      start(env: Env) {
        const { deliveries, deliveryGroup } = topicNames(env.TOPIC_PREFIX);
        const where = [env.KAFKA_BROKERS, deliveries, deliveryGroup, env.WEBHOOK_URL];
        return startProgram(program, [...args, ...where, env.CONCURRENCY]);
      },
    })),
  ];
  const prepared: Prepared[] = [];
  const senders: Sender[] = [];
  try {
    for (const one of contestants) {
      // The bare loop reads nothing.
      const waiting = { records: one.name === BARE ? 0 : records, env: {} };
      prepared.push({ ...one, ...(await prepareDeliveries(brokers, waiting)) });
    }
    // One soon after the other, as a group does not wait for long for who stands still.
    for (const one of prepared) senders.push(await startSender(one));
    for (let round = 0; round < WARM_UP_ROUNDS + rounds; round += 1) {
      for (const sender of senders) sender.turns.push(await takeTurn(sender, brokerPid));
    }
    return senders.map((sender) => summarize(sender, senders[0] as Sender));
  } finally {
    for (const { process } of senders) await process.kill();
    for (const { target, remove } of prepared) {
      await target.end();
      remove();
    }
  }
}

type Ready = Awaited<ReturnType<typeof prepareDeliveries>>;
type Env = Ready['env'];

interface Contestant {
  readonly name: string;
  readonly start: (env: Env) => Measured;
}

type Prepared = Ready & Contestant;

/** Starts one, and stops it once its first deliveries have come. */
async function startSender(prepared: Prepared): Promise<Sender> {
  const { name, receiverUrl } = prepared;
  process.stderr.write(`… ${name} starts\n`);
  const sender = prepared.start(prepared.env);
  const deadlineMs = Date.now() + STARTS_WITHIN_MS;
  while (sentTo(await fetchStats(receiverUrl)) === 0) {
    if (Date.now() > deadlineMs) throw new Error(`${name} delivers nothing`);
    await sleep(50);
  }
  sender.pause();
  return { name, process: sender, receiverUrl, turns: [] };
}

async function takeTurn(sender: Sender, brokerPid: number | null): Promise<Turn> {
  const { process, receiverUrl } = sender;
  process.goOn();
  await sleep(SETTLE_MS);
  const now = async () => ({
    sent: sentTo(await fetchStats(receiverUrl)),
    atMs: performance.now(),
    own: cpuSeconds(process.pid),
    broker: cpuSeconds(brokerPid),
  });
  const before = await now();
  await sleep(TURN_MS);
  const after = await now();
  process.pause();
  const delivered = after.sent - before.sent;
  return {
    delivered,
    perSecond: (delivered * 1_000) / (after.atMs - before.atMs),
    cpuSeconds: after.own - before.own,
    brokerSeconds: after.broker - before.broker,
  };
}

/** The bare loop sends no webhook id, so that only what was accepted counts it. */
function sentTo({ accepted }: Stats): number {
  return accepted;
}

function summarize({ name, turns, process }: Sender, bare: Sender): PeerResult {
  const measured = turns.slice(WARM_UP_ROUNDS);
  const delivered = sum(measured.map((turn) => turn.delivered));
  const micros = (of: (turn: Turn) => number) => (sum(measured.map(of)) / delivered) * 1e6;
  const ratios = turns.map(({ perSecond }, n) => perSecond / (bare.turns[n]?.perSecond ?? NaN));
  return {
    name,
    perSecond: Math.round(
      quantile(
        measured.map(({ perSecond }) => perSecond),
        0.5,
      ),
    ),
    ratio: quantile(ratios.slice(WARM_UP_ROUNDS), 0.5),
    cpuMicros: micros((turn) => turn.cpuSeconds),
    brokerMicros: name === BARE ? NaN : micros((turn) => turn.brokerSeconds),
    peakMiB: peakMemoryMiB(process.pid),
  };
}
