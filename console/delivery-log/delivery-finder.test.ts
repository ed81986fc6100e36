import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { recipientsOf } from '../../test/support/recipients.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import type { TestContext } from 'node:test';
import type { InFlightReport } from '../../common/model/consumer-state.ts';
import type { Attempt } from '../../common/model/attempt.ts';
import { createLogger } from '../../common/base/logger.ts';
import { formatAttempt } from '../../common/model/attempt.ts';
import { deliveriesIn } from '../unfinished/queued-delivery.ts';
import type { LookUp, Unfinished } from '../unfinished/unfinished-deliveries.ts';
import { LogDatabase } from './database.ts';
import { LogStore } from './log-store.ts';
import { DeliveryFinder } from './delivery-finder.ts';

const ATTEMPT: Attempt = {
  ...{ id: 'a', key: 'user-1', subscription: null, attempt: 5, state: 'dead', status: 500 },
  ...{ eventType: null, error: 'HTTP 500', excerpt: '', latencyMs: 1, at: 1_000, dueAt: null },
  ...{ topic: 'deliveries', partition: 0, offset: 7, trigger: null },
};

function queued(offset: number): Unfinished {
  const record = {
    ...{ topic: 'deliveries', partition: 0, offset, key: 'user-1', value: Buffer.from('{}') },
    ...{ headers: { 'webhook-id': 'a' }, timestampMs: 2_000 },
  };
  const [delivery] = deliveriesIn(record, recipientsOf());
  assert.ok(delivery);
  return { delivery, status: { state: 'queued', reason: null } };
}

interface Given {
  readonly attempts: readonly Attempt[];
  /** The unfinished delivery that the log holds. */
  readonly inLog?: Unfinished;
  /** The broker does not answer, and nothing says so. */
  readonly hangs?: boolean;
  readonly isDeadLetter?: boolean;
  readonly inFlight?: readonly InFlightReport[];
  readonly store?: LogStore;
  /** Called when the log of attempts is to be read to its end. */
  readonly caughtUp?: (database: LogDatabase) => void;
}

function aFinder(t: TestContext, given: Given) {
  const { attempts, inLog, isDeadLetter = true, caughtUp, inFlight = [] } = given;
  const dir = mkdtempSync(join(tmpdir(), 'hookline-finder-'));
  const database = LogDatabase.open(join(dir, 'x.db'));
  t.after(() => {
    database.close();
    rmSync(dir, { recursive: true });
  });
  database.add({ partition: 0, readTo: 1, attempts });
  let searches = 0;
  const found = (): Promise<LookUp> => {
    searches += 1;
    if (given.hangs) return new Promise(() => {});
    const unfinished = inLog ?? null;
    return Promise.resolve({ hint: { kind: 'other' }, unfinished, extent: 'all', records: 3 });
  };
  const page = async <View>(
    _: object,
    show: (all: readonly Unfinished[]) => Promise<readonly (View | null)[]>,
  ) => {
    const shown = await show([inLog ?? []].flat());
    return { deliveries: shown.filter((one) => one !== null), next: null, isLimitMet: false };
  };
  const finder = new DeliveryFinder({
    store: given.store ?? {
      select: (filter) => Promise.resolve(database.select(filter)),
      lastAttempts: (records) => Promise.resolve(database.lastAttempts(records)),
      latestAttempts: (keys) => Promise.resolve(database.latestAttempts(keys)),
    },
    unfinished: { find: found, page, inFlight: () => inFlight, closed: () => null },
    isDeadLetter: () => Promise.resolve(isDeadLetter),
    caughtUp: () => Promise.resolve(caughtUp?.(database)),
    retentionHours: 72,
  });
  return { finder, searches: () => searches };
}

test('what was attempted is not looked for in the log', async (t) => {
  const { finder, searches } = aFinder(t, { attempts: [ATTEMPT], inLog: queued(9) });
  assert.equal((await finder.find('a', undefined)).delivery?.state, 'dead');
  assert.equal(searches(), 0);
});

test('a dead letter that was put back is queued again, with its attempts', async (t) => {
  const given = { attempts: [ATTEMPT], inLog: queued(9), isDeadLetter: false };
  const found = await aFinder(t, given).finder.find('a', undefined);
  assert.ok(found.delivery);
  assert.deepEqual(
    [found.delivery.state, found.delivery.offset, found.attempts.length],
    ['queued', 9, 1],
  );
  const gone = aFinder(t, { attempts: [ATTEMPT], isDeadLetter: false });
  assert.equal((await gone.finder.find('a', undefined)).delivery?.state, 'dead');
});

test('who was delivered during the search is found by its attempt', async (t) => {
  const caughtUp = (database: LogDatabase) => {
    const attempts = [{ ...ATTEMPT, state: 'delivered' as const, status: 200 }];
    database.add({ partition: 0, readTo: 2, attempts });
  };
  const { finder } = aFinder(t, { attempts: [], caughtUp });
  assert.equal((await finder.find('a', undefined)).delivery?.state, 'delivered');
});

test('who is nowhere is missing, and its page is empty', async (t) => {
  const { finder } = aFinder(t, { attempts: [] });
  const missing = await finder.find('a', undefined);
  assert.ok(missing.delivery === null);
  assert.match(missing.reason, /No attempt of a delivery a is in the log/);
  assert.deepEqual((await finder.pageOf('a', { limit: 10 })).deliveries, []);
});

test('a page of the queue leaves out what was attempted at its place, and has it where it was not', async (t) => {
  const page = async (given: Given, state: 'queued' | 'waiting') =>
    (await aFinder(t, given).finder.queuedPage({ limit: 10 }, state)).deliveries;
  const inLog = queued(7);
  assert.deepEqual(await page({ attempts: [ATTEMPT], inLog }, 'queued'), []);
  assert.deepEqual(await page({ attempts: [ATTEMPT], inLog }, 'waiting'), []);
  const elsewhere = await page({ attempts: [{ ...ATTEMPT, offset: 3 }], inLog }, 'queued');
  assert.deepEqual(
    elsewhere.map(({ offset, attempt }) => [offset, attempt]),
    [[7, 0]],
  );
  const pageWith = async (filter: object) => {
    const { finder } = aFinder(t, { attempts: [], inLog });
    return (await finder.queuedPage({ limit: 10, ...filter }, 'queued')).deliveries.length;
  };
  assert.deepEqual(
    await Promise.all([{ user: 'user-1' }, { event_type: 'x' }, { error: 'x' }].map(pageWith)),
    [1, 0, 0],
  );
  const throttled: Attempt = { ...ATTEMPT, state: 'throttled', status: 429 };
  assert.deepEqual(await page({ attempts: [throttled], inLog }, 'queued'), []);
  assert.equal((await page({ attempts: [throttled], inLog }, 'waiting'))[0]?.status, 429);
});

test('a page of what is in flight is one read of the log, and knows the attempt before', async (t) => {
  const REQUESTS = 60;
  const report = (n: number): InFlightReport => ({
    ...{ id: `d-${n}`, key: 'user-1', subscription: null, eventType: null, attempt: 2 },
    ...{ since: 2_000 + n, topic: 'retries', partition: 0, offset: n, trigger: null },
  });
  const inFlight = Array.from({ length: REQUESTS }, (_, n) => report(n));
  const attempts: Attempt[] = [
    { ...ATTEMPT, id: 'd-1', state: 'retrying', attempt: 1 },
    { ...ATTEMPT, id: 'd-1', state: 'dead', subscription: 'sub_1', at: 9_000 },
    { ...ATTEMPT, id: 'd-2', state: 'delivered', status: 200, at: 9_000 },
  ];
  const path = join(tempDir(t), 'x.db');
  const onFatal = (error: unknown) => assert.fail(String(error));
  const logger = createLogger('test', 'silent');
  const store = new LogStore({ path, retentionMs: 2 * Date.now(), logger, onFatal });
  t.after(() => store.close());
  const value = Buffer.from(attempts.map(formatAttempt).join('\n'));
  const record = { ...{ topic: 'attempts', partition: 0, offset: 0, key: null }, value };
  const records = [{ ...record, headers: {}, timestampMs: 0 }];
  await store.write({ topic: 'attempts', partition: 0, readTo: 1, records });
  const { finder } = aFinder(t, { attempts: [], inFlight, store });
  const { deliveries } = await finder.inFlightPage({ limit: 100 });
  assert.equal(deliveries.length, REQUESTS - 1, 'one has ended since');
  const known = deliveries.filter(({ status }) => status !== null);
  assert.deepEqual(
    known.map(({ id, state, status, attempt }) => [id, state, status, attempt]),
    [['d-1', 'in_flight', 500, 2]],
  );
});

test('while the broker hangs, what is known is shown, with what could not be read', async (t) => {
  const { finder } = aFinder(t, { attempts: [ATTEMPT], isDeadLetter: false, hangs: true });
  const found = await finder.find('a', undefined);
  assert.equal(found.delivery?.state, 'dead');
  assert.match('notRead' in found ? (found.notRead ?? '') : '', /whether it was put back/);
});
