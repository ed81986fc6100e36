// Goal: each recipe of docs/deduplicate.md handles each delivery once, whatever comes again and
// however late, and its table holds no more than what is not settled.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { Position } from '../../../examples/deduplicate/memory.ts';
import {
  inMemory,
  inPostgres,
  inRedis,
  inSqlite,
  whyNoPostgres,
} from '../../support/deduplicate.ts';
import type { Deduplicator } from '../../support/deduplicate.ts';
import { findRedis } from '../../support/redis.ts';
import { seeded } from '../../../infra/tools/seeded.ts';

const SEED = Number(process.env['SEED'] ?? 1);
const LANES = ['lane-a', 'lane-b'];
/** Deliveries of a lane that are under way at once, or wait for a retry. */
const OPEN_MAX = 20;

/**
 * Requests as they reach a receiver: of each delivery one or more, while it is open, and now and
 * then one that comes long after another request for it has settled it.
 */
function* requests(count: number): Generator<Position> {
  const random = seeded(SEED);
  const lanes = LANES.map((lane) => ({ lane, next: 0, open: new Set<number>() }));
  const late: Position[] = [];
  for (let n = 0; n < count; n += 1) {
    const state = random.pick(lanes);
    const { lane, open } = state;
    const settled = open.size === 0 ? state.next : Math.min(...open);
    const isFull = open.size >= OPEN_MAX || state.next - settled > 2 * OPEN_MAX;
    const isRepeat = open.size > 0 && (isFull || random.next() < 0.4);
    const isFar = isRepeat && state.next - settled > 2 * OPEN_MAX;
    const offset = isFar ? settled : isRepeat ? random.pick([...open]) : state.next;
    // Transaction markers have no delivery.
    if (!isRepeat) state.next += random.between(1, 2);
    open.add(offset);
    const position = { key: `${lane}-${offset}`, lane, offset, settled };
    if (random.next() < 0.1) late.push(position);
    yield position;
    // It comes again without a position, or in another lane, where somebody has set an offset back.
    if (random.next() < 0.05) yield { ...position, lane: '', offset: 0, settled: 0 };
    if (random.next() < 0.05) yield { ...position, lane: `${lane}-reset`, settled: 0 };
    if (random.next() < 0.6) open.delete(offset);
    if (late.length > 0 && random.next() < 0.05) yield late.shift() as Position;
  }
}

async function handlesEachOnce(receiver: Deduplicator, count: number): Promise<void> {
  const handled = new Map<string, number>();
  const all = new Set<string>();
  let most = 0;
  for (const position of requests(count)) {
    all.add(position.key);
    if (await receiver.handle(position)) {
      handled.set(position.key, (handled.get(position.key) ?? 0) + 1);
    }
    if (all.size % 20 === 0) most = Math.max(most, await receiver.size());
  }
  assert.deepEqual([...handled.keys()].sort(), [...all].sort(), 'each is handled');
  assert.deepEqual(
    [...handled].filter(([, times]) => times > 1),
    [],
    'and none twice',
  );
  assert.ok(all.size > count / 3);
  const open = LANES.length * 2 * OPEN_MAX;
  assert.ok(most > 0 && most < 2 * open, `a table of ${most}, of ${all.size} in all`);
}

const redis = findRedis();

describe('a receiver that forgets what is settled handles each delivery once', () => {
  test('in memory', () => handlesEachOnce(inMemory(), 20_000));
  test('in SQLite', (t) => handlesEachOnce(inSqlite(t), 2_000));
  test('in PostgreSQL', { skip: whyNoPostgres() }, async (t) => {
    await handlesEachOnce(await inPostgres(t), 300);
  });
  const skip = redis === null && 'needs valkey-server or redis-server';
  test('in Redis', { skip }, async (t) => {
    await handlesEachOnce(await inRedis(t, redis as string), 120);
  });
});
