import assert from 'node:assert/strict';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import type { DatabaseSync } from 'node:sqlite';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Attempt } from '../../common/model/attempt.ts';
import { LogDatabase } from './database.ts';
import type { LogFilter } from './log-query.ts';

const NOTHING: Attempt = {
  ...{ id: 'a', key: 'user-1', subscription: null, attempt: 1, state: 'delivered', status: 200 },
  ...{ eventType: null, error: null, excerpt: '', latencyMs: 1.25, at: 1_000, dueAt: null },
  ...{ topic: 'deliveries', partition: 0, offset: 0, trigger: null },
};

function aFile(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'hookline-log-'));
  t.after(() => rmSync(dir, { recursive: true, force: true }));
  return join(dir, 'log', 'x.db');
}

function aDatabase(t: TestContext, attempts: readonly Partial<Attempt>[], file = aFile(t)) {
  const database = LogDatabase.open(file);
  t.after(() => database.close());
  database.add({
    ...{ partition: 0, readTo: attempts.length },
    attempts: attempts.map((one) => ({ ...NOTHING, ...one })),
  });
  return database;
}

const idsOf = (database: LogDatabase, filter: Partial<LogFilter> = {}) =>
  database.select({ limit: 100, isLatestOnly: true, ...filter }).rows.map(({ id }) => id);

test('a delivery stands where its last attempt left it, for each subscription apart', (t) => {
  const database = aDatabase(t, [
    { id: 'a', subscription: 's1', state: 'retrying', status: 500, at: 1 },
    { id: 'a', subscription: 's2', state: 'dead', status: null, error: 'timeout', at: 2 },
    { id: 'a', subscription: 's1', attempt: 2, at: 3 },
    { id: 'b', state: 'retrying', at: 4 },
    { id: 'b', attempt: 2, state: 'throttled', status: 429, at: 5 },
  ]);
  const latest = database.select({ limit: 100, isLatestOnly: true }).rows;
  assert.deepEqual(
    latest.map(({ id, subscription, state }) => [id, subscription, state]),
    [
      ['b', null, 'throttled'],
      ['a', 's1', 'delivered'],
      ['a', 's2', 'dead'],
    ],
  );
  assert.equal(database.select({ limit: 100, isLatestOnly: false, id: 'a' }).rows.length, 3);
});

test('every filter finds what it names and nothing else', (t) => {
  const database = aDatabase(t, [
    { id: 'a', key: 'u1', subscription: 's1', state: 'delivered', status: 200, at: 10 },
    { id: 'b', key: 'u2', subscription: 's1', state: 'dead', status: 500, at: 20, eventType: 'x' },
    {
      ...{ id: 'c', key: 'u1', subscription: 's2', state: 'retrying', status: null, at: 30 },
      error: 'Timeout: 15 s',
    },
    { id: 'd', key: 'u3', subscription: null, state: 'cancelled', status: null, at: 40 },
    { id: 'e', key: "u'3", subscription: null, state: 'delivered', status: 204, at: 50 },
  ]);
  const rows: readonly [filter: Partial<LogFilter>, ids: string][] = [
    [{}, 'edcba'],
    [{ user: 'u1' }, 'ca'],
    [{ user: "u'3" }, 'e'],
    [{ subscription: 's1' }, 'ba'],
    [{ id: 'c' }, 'c'],
    [{ status: 'delivered' }, 'ea'],
    [{ status: 'dead' }, 'b'],
    [{ status: 'cancelled' }, 'd'],
    [{ status: '500' }, 'b'],
    [{ status: '200' }, 'a'],
    [{ since: 20 }, 'edcb'],
    [{ until: 20 }, 'a'],
    [{ since: 20, until: 40, subscription: 's2', user: 'u1' }, 'c'],
    [{ user: 'nobody' }, ''],
    [{ event_type: 'x' }, 'b'],
    [{ error: 'timeout' }, 'c'],
    [{ error: 'timeout', user: 'u2' }, ''],
    [{ subscription: 'default', status: 'delivered' }, 'e'],
    [{ user: 'u1', status: 'retrying', subscription: 's2' }, 'c'],
    [{ user: 'u2', status: '200' }, ''],
  ];
  for (const [filter, ids] of rows) {
    assert.equal(idsOf(database, filter).join(''), ids, JSON.stringify(filter));
  }
});

test('pages follow each other without gap or repeat, also within one millisecond', (t) => {
  const database = aDatabase(
    t,
    Array.from({ length: 7 }, (_, n) => ({ id: `${n}`, at: 5 })),
  );
  const seen: string[] = [];
  for (let cursor: string | undefined; ;) {
    const page = database.select({ limit: 2, isLatestOnly: true, ...(cursor && { cursor }) });
    seen.push(...page.rows.map(({ id }) => id));
    if (page.next === null) break;
    cursor = page.next;
  }
  assert.equal(seen.join(''), '6543210');
});

test('it goes on where it was, and what failed half-way is not there at all', (t) => {
  const file = aFile(t);
  const first = LogDatabase.open(file);
  first.add({ partition: 3, readTo: 17, attempts: [NOTHING] });
  first.commit();
  const broken = { ...NOTHING, id: 'z', status: Symbol('no number') as unknown as number };
  const attempts = [{ ...NOTHING, id: 'y' }, broken];
  assert.throws(() => first.add({ partition: 3, readTo: 19, attempts }));
  first.close();
  const again = aDatabase(t, [], file);
  assert.equal(again.positions().get(3), 17);
  assert.deepEqual(idsOf(again), ['a']);
});

test('what is too old goes, a step at a time', (t) => {
  const database = aDatabase(
    t,
    Array.from({ length: 6_000 }, (_, n) => ({ id: `${n}`, at: n })),
  );
  assert.equal(database.prune(5_500), true);
  assert.equal(database.prune(5_500), false);
  assert.equal(database.select({ limit: 1_000, isLatestOnly: false }).rows.length, 500);
});

test('two at once have a file each, and a damaged or older file is made anew', (t) => {
  const file = aFile(t);
  aDatabase(t, [{ id: 'first' }], file);
  assert.deepEqual(idsOf(aDatabase(t, [], file)), []);
  const damaged = aFile(t);
  LogDatabase.open(damaged).close();
  writeFileSync(damaged, 'this is no database '.repeat(1_000));
  assert.deepEqual(idsOf(aDatabase(t, [{ id: 'b' }], damaged)), ['b']);
});

test('the plots count what was tried, of all and of each endpoint, and forget with the rest', (t) => {
  const now = Date.UTC(2026, 10, 29, 12);
  const at = now - 58_000;
  const file = aFile(t);
  t.mock.timers.enable({ apis: ['Date'], now });
  const attempts: Partial<Attempt>[] = [
    { at, latencyMs: 10 },
    { at, latencyMs: 10, subscription: 's1', state: 'retrying', status: 500 },
    { at: at + 1_000, latencyMs: 40, subscription: 's1', attempt: 2, state: 'dead' },
    { at, state: 'throttled', status: 429 },
    { at, state: 'cancelled', attempt: 0 },
    { at, state: 'dead', attempt: 0, status: null },
  ];
  const database = aDatabase(t, attempts, file);
  database.add({ partition: 1, readTo: 1, attempts: [{ ...NOTHING, at, latencyMs: 11 }] });
  database.addSample({ atMs: at, waiting: 7, lagSeconds: 2 });
  database.addSample({ atMs: at + 1_000, waiting: 5, lagSeconds: 3 });
  const pointsOf = (endpoint: string | null, window: '15m' | '3h' = '15m') =>
    database
      .points({ window, endpoint, nowMs: now })
      .filter(({ delivered, dead_lettered }) => delivered + dead_lettered > 0);
  const all = { delivered: 2, failed: 2, dead_lettered: 2, waiting: 7, lag_seconds: 3 };
  for (const window of ['15m', '3h'] as const) {
    const [{ at: _, p50_ms, p99_ms, ...point } = {} as never, ...more] = pointsOf(null, window);
    assert.deepEqual([point, more], [all, []], window);
    assert.ok(Math.abs(Number(p50_ms) - 10.5) < 1, String(p50_ms));
    assert.ok(Math.abs(Number(p99_ms) - 40) < 2, String(p99_ms));
  }
  const [own] = pointsOf('s1');
  assert.deepEqual([own?.delivered, own?.failed, own?.waiting], [0, 2, null]);
  assert.equal(pointsOf('default')[0]?.delivered, 2);
  assert.deepEqual(pointsOf('s2'), []);
  database.prune(now - 1);
  assert.deepEqual(pointsOf('default'), []);
});

test('periods of however many endpoints are forgotten, in steps', (t) => {
  const endpoints = Array.from({ length: 2_500 }, (_, n) => ({
    id: `${n}`,
    subscription: `s${n}`,
  }));
  const at = Date.now() - 3_600_000;
  const database = aDatabase(
    t,
    endpoints.map((one) => ({ ...one, at })),
  );
  let steps = 1;
  while (database.prune(Date.now())) steps += 1;
  assert.equal(steps, 3);
});

test('the rows of a file are found by it', (t) => {
  const file = '01KB7Q9XG00000000000000000';
  const database = aDatabase(t, [{ id: `${file}-0000000001` }, { id: 'a' }, { id: `${file}-x` }]);
  assert.deepEqual(idsOf(database, { file }), [`${file}-0000000001`]);
});

test('a filter that few rows pass ends at its limit, and goes on from there', (t) => {
  const all = Array.from({ length: 25_000 }, (_, n) => ({
    ...{ id: `${n}`, key: n % 5_000 === 7 ? 'rare' : 'often', at: n, subscription: 's1' },
    eventType: n === 12 ? 'old' : 'new',
  }));
  const database = aDatabase(t, all);
  const pageOf = (filter: Partial<LogFilter>) =>
    database.select({ limit: 10, isLatestOnly: true, ...filter });
  const rare = pageOf({ subscription: 's1', user: 'rare' });
  assert.deepEqual(
    [rare.rows.length, rare.next, rare.isLimitMet],
    [5, null, false],
    'by its index',
  );
  const filter = { subscription: 's1', status: 'delivered', user: 'often', error: undefined };
  const none = { ...filter, since: 0, event_type: 'old' } as const;
  assert.deepEqual(
    pageOf(none).rows.map(({ id }) => id),
    ['12'],
  );
  // No index knows an HTTP status of 200, as most have it.
  const odd = { subscription: 's1', status: '204' };
  assert.deepEqual(pageOf(odd), { rows: [], next: null, isLimitMet: false });
  const often = { user: 'often', subscription: 'default' };
  const first = pageOf(often);
  assert.deepEqual([first.rows.length, first.isLimitMet], [0, true]);
  const second = pageOf({ ...often, cursor: String(first.next) });
  const third = pageOf({ ...often, cursor: String(second.next) });
  assert.deepEqual([third.rows.length, third.next, third.isLimitMet], [0, null, false]);
});

test('a file that was open when the machine failed is made again, and one that was closed is not', (t) => {
  const file = aFile(t);
  const idsAfter = (boot: string, close: boolean) => {
    const database = LogDatabase.open(file, boot);
    const found = idsOf(database);
    database.add({ partition: 0, readTo: 1, attempts: [{ ...NOTHING, id: boot }] });
    database.commit();
    if (close) database.close();
    else (database as unknown as { db: DatabaseSync }).db.close();
    return found.toSorted().join();
  };
  assert.equal(idsAfter('a', true), '');
  assert.equal(idsAfter('b', false), 'a', 'closed before the start of the machine');
  assert.equal(idsAfter('b', false), 'a,b', 'the process was killed, the machine ran on');
  assert.equal(idsAfter('c', true), '', 'the machine failed meanwhile');
  assert.equal(idsAfter('d', true), 'c');
});
