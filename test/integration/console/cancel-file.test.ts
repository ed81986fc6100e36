// A cancelled file: nothing more of it is sent, whoever is killed, and its ledger adds up.
import assert from 'node:assert/strict';
import { existsSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { fileRowId } from '../../../common/model/delivery.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { readAnswer } from '../../support/api.ts';
import { urlOf } from '../../support/role-url.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

interface Ledger {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly bytes: number;
  readonly bytes_read: number;
  readonly rows: number;
  readonly delivered: number;
  readonly retrying: number;
  readonly waiting: number;
  readonly cancelled: number;
  readonly cancelled_at: string | null;
}

/** Before the producer has seen it. */
const NONE: Ledger = {
  ...{ id: '', name: '', state: '', bytes: 0, bytes_read: 0, rows: 0, delivered: 0, retrying: 0 },
  ...{ waiting: 0, cancelled: 0, cancelled_at: null },
};

/** A transaction holds a part of them. */
const ROWS = 2_000;
const LONG = 'x'.repeat(4_000);

test('of a cancelled file nothing more is read or sent, also after restarts', async (t) => {
  const dataDir = tempDir(t);
  const system = await aDeliverySystem(t, {
    ...{ DATA_DIR: dataDir, PORT: '0', CONSOLE_PORT: '0', SETTLE_MS: '50', MAX_LAG: '50' },
    ...{ RATE_LIMIT: '8', RETRY_SCHEDULE: '1h' },
  });
  const inbox = join(dataDir, 'inbox');
  await mkdir(inbox, { recursive: true });
  const drop = (name: string, rows: readonly string[]) => {
    const lines = rows.map((text, n) => `user-${n % 20},${text}\n`);
    return writeFile(join(inbox, name), `user_id,alert_message\n${lines.join('')}`);
  };
  await drop('wrong.csv', Array<string>(ROWS).fill(LONG));
  const role = system.start('console');
  system.start('producer');
  const consumer = system.start('consumer');
  const url = await urlOf(role);
  const get = async (path: string) => (await readAnswer(await fetch(url + path))).json;
  const cancel = async (id: string) =>
    readAnswer(await fetch(`${url}/files/${id}/cancel`, { method: 'POST' }));
  const named = async (name: string): Promise<Ledger> => {
    const { files } = (await get('/files')) as { files: Ledger[] };
    return files.find((file) => file.name === name) ?? NONE;
  };

  await until(async () => (await named('wrong.csv')).delivered > 0);
  const reading = await named('wrong.csv');
  assert.equal(reading.state, 'reading');
  await consumer.end('SIGKILL');
  const answer = await cancel(reading.id);
  assert.equal(answer.status, 200, answer.text);
  const given = answer.json as Ledger;
  assert.equal(given.state, 'cancelled');
  assert.ok(given.bytes_read < given.bytes && given.rows < ROWS, answer.text);
  assert.ok(given.cancelled > 0);
  assert.equal(given.delivered + given.cancelled, given.rows);
  assert.deepEqual([given.waiting, given.retrying], [0, 0]);

  // It is known to be cancelled before any consumer has come to it.
  const last = `/deliveries/${fileRowId(given.id, given.rows)}`;
  assert.partialDeepStrictEqual(await get(last), { state: 'cancelled', attempts: [] });
  assert.match((await get(last)).error, /^its file was cancelled at 2/);
  const totals = async () => (await get('/status')).deliveries;
  // Markers of transactions count until a consumer has read them.
  await until(async () => (await totals()).waiting < 20);
  assert.equal((await totals()).cancelled, given.cancelled);

  const { accepted } = system.receiver.stats();
  system.start('consumer');
  await until(async () => (await system.lag()) === 0);
  await until(() => existsSync(join(dataDir, 'done', 'wrong.csv')));
  assert.equal(system.receiver.stats().accepted, accepted);
  await until(async () => (await get(last)).attempts.length === 1);
  assert.match((await get(last)).error, /^its file was cancelled at 2/);
  const after = await named('wrong.csv');
  assert.equal(after.delivered + after.cancelled, given.rows);
  const { delivered, cancelled } = given;
  assert.deepEqual({ ...after, delivered, cancelled }, given);

  // Once more: nothing changes, and the next file goes its way.
  assert.deepEqual((await cancel(given.id)).json, after);
  assert.equal((await cancel('none')).status, 404);
  await drop('right.csv', ['a', 'b']);
  await until(async () => (await named('right.csv')).delivered === 2);
  const right = await named('right.csv');
  assert.deepEqual((await cancel(right.id)).json, right, 'nothing was left of it');

  // Rows in a consumer's memory and rows that wait for their next attempt go as well.
  system.receiver.setMode('error');
  await drop('other.csv', Array<string>(100).fill('c'));
  await until(async () => (await named('other.csv')).retrying > 0);
  const failing = await named('other.csv');
  await cancel(failing.id);
  await until(async () => (await system.lag()) === 0);
  const list = `/deliveries?file=${failing.id}&status=cancelled&limit=200`;
  await until(async () => (await get(list)).deliveries.length === 100);
  const reasons = (await get(list)).deliveries.map(({ error }: { error: string }) => error);
  assert.ok(reasons.every((why: string) => why.startsWith('its file was cancelled at ')));
  assert.partialDeepStrictEqual(await named('other.csv'), { rows: 100, cancelled: 100 });
});
