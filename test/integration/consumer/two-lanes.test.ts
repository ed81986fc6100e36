// Goal: what comes by HTTP does not wait behind a file, and the file still goes on.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { accept } from '../../support/accept.ts';
import { startApi } from '../../support/api.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { until } from '../../support/until.ts';

const ROWS = 5_000;
/** So slow that rows wait for as long as the test runs. */
const PER_SECOND = 100;
/** Accepted before anything is sent. */
const LIVE = 200;
/** Rows that may go between a request and its delivery: those of a second and a half. */
const ROWS_BETWEEN_MAX = 150;

const isRow = (id: string) => /-\d{10}$/.test(id);
const isLive = (id: string) => id.startsWith('live-');

test('beside a large file that waits, POST /send arrives at once, and the rows go on', async (t) => {
  const env = { RATE_LIMIT: String(PER_SECOND), PARTITIONS: '3', RETRY_MAX_ATTEMPTS: '1' };
  const system = await aDeliverySystem(t, env, { keep: 2 * ROWS });
  const { receiver, names } = system;
  await system.produce(ROWS, 100);
  await accept(system, 'live', LIVE);
  const api = await startApi(system);
  system.start('consumer');
  /** Returns the ids that have come so far, in the order of their arrival. */
  const ids = () =>
    receiver
      .deliveries(2 * ROWS)
      .map(({ headers }) => String(headers['webhook-id']))
      .reverse();
  const describe = () => receiver.stats();
  await until(() => ids().filter(isLive).length === LIVE, { everyMs: 20, describe });
  const first = ids();
  const during = first.slice(first.findIndex(isLive), first.findLastIndex(isLive));
  const rows = during.filter(isRow).length;
  t.diagnostic(`${rows} rows beside ${LIVE} live deliveries`);
  assert.ok(rows >= LIVE / 8, `only ${rows} rows went meanwhile`);
  assert.ok(rows <= LIVE / 2, `${rows} rows went meanwhile`);

  const rowsSoFar = () => ids().filter(isRow).length;
  for (let n = 0; n < 10; n += 1) {
    const before = rowsSoFar();
    const { status, json } = await api.post('/send', { user_id: `user-${n}`, data: { n } });
    assert.equal(status, 202);
    await until(() => ids().includes(json.id), { everyMs: 5, describe });
    const between = rowsSoFar() - before;
    assert.ok(between <= ROWS_BETWEEN_MAX, `${between} rows went before it`);
  }
  assert.ok(rowsSoFar() < ROWS / 2, 'most rows were waiting all the time');
  const live = await system.records(names.deliveries);
  assert.equal(live.length, LIVE + 10, 'the rows have a topic of their own');
  assert.equal(receiver.stats().duplicates, 0);
});
