import assert from 'node:assert/strict';
import { setTimeout as sleep } from 'node:timers/promises';
import { AT_RISK_FACTOR } from '../../../consumer/delivery-loop.ts';
import type { ModeInput } from '../../../receiver/receiver.ts';
import type { Seeded } from '../../../infra/tools/seeded.ts';
import type { Supervised } from '../supervised.ts';
import { ANSWER_MS, CALM, CONCURRENCY } from './world.ts';
import type { World } from './world.ts';

/** Something that happens to the system while deliveries flow. */
export interface ChaosEvent {
  readonly name: string;
  /**
   * Deliveries that may be repeated: none after a clean change; after `kill -9` those that were
   * sent and not committed; after a broker's restart those that topics hold twice, because an
   * acknowledgement was lost, and those at risk in consumers that had to start again.
   */
  readonly repeats: 'none' | 'at-risk' | 'unacknowledged';
  run(world: World, random: Seeded): Promise<void>;
}

/**
 * Most deliveries that one process may have sent, or be sending, without a commit that covers them.
 */
export const AT_RISK_MAX = AT_RISK_FACTOR * CONCURRENCY;

/** From an answer to its commit, on a busy machine with a broker that answers. */
const COMMITTED_WITHIN_MS = 600;
/**
 * Most deliveries that a killed process may have had at risk: far fewer, as the receiver takes some
 * time for each answer.
 */
export const KILLED_MAX = CONCURRENCY + (CONCURRENCY * COMMITTED_WITHIN_MS) / ANSWER_MS;

export const scaleUp: ChaosEvent = {
  name: '1 → 3',
  repeats: 'none',
  run: (world) => world.join(2),
};

export const scaleDown: ChaosEvent = {
  name: '3 → 1',
  repeats: 'none',
  async run(world, random) {
    const leaving = [takeOne(world, random), takeOne(world, random)];
    const codes = await Promise.all(leaving.map((one) => one.end('SIGTERM')));
    assert.deepEqual(codes, [0, 0], 'SIGTERM ends in order');
  },
};

export const brokerRestart: ChaosEvent = {
  name: 'broker restart',
  repeats: 'unacknowledged',
  run: (world, random) => world.restartBroker(random.pick(['kill', 'stop'])),
};

/** Nothing may be left behind a cursor at the end. */
export const openAll: ChaosEvent = {
  name: 'all open',
  repeats: 'none',
  run: (world) => world.sides.openAll(),
};

/** Those that any number of consumers stands, in any order; each leaves as many as it found. */
export const DISTURBANCES: readonly ChaosEvent[] = [
  {
    name: 'kill -9',
    repeats: 'at-risk',
    async run(world, random) {
      await takeOne(world, random).end('SIGKILL');
      await sleep(random.between(0, 1_000));
      await world.join(1);
    },
  },
  {
    name: 'SIGTERM, start',
    repeats: 'none',
    async run(world, random) {
      const ended = takeOne(world, random).end('SIGTERM');
      // The next one may come while this one is still on its way out.
      await sleep(random.between(0, 600));
      await world.join(1);
      assert.equal(await ended, 0, 'SIGTERM ends in order');
    },
  },
  brokerRestart,
];

/** None of them accepts anything and leaves it unanswered: that would be a rightful repeat. */
export const FLAPS: readonly ModeInput[] = [
  'hang',
  'reset',
  { mode: 'error', status: 500 },
  { mode: 'error', status: 429, retryAfter: 1 },
  { mode: 'flaky', failRate: 0.3 },
];

/** The receiver is well, then not, then well again, for each of the modes. */
export async function flap(world: World, random: Seeded, modes: readonly ModeInput[]) {
  for (const mode of modes) {
    await sleep(random.between(200, 600));
    world.setMode(mode);
    await sleep(random.between(200, 600));
    world.setMode(CALM);
  }
}

function takeOne({ consumers }: World, random: Seeded): Supervised {
  const [taken] = consumers.splice(random.between(0, consumers.length - 1), 1);
  assert.ok(taken, 'there is a consumer to take');
  return taken;
}
