// The console's reports on files, deliveries and health, while real roles come and go.
import assert from 'node:assert/strict';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { ulid } from 'ulid';
import { formatAttempt } from '../../../common/model/attempt.ts';
import type { Attempt, DeliveryState } from '../../../common/model/attempt.ts';
import { fileRowId } from '../../../common/model/delivery.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { freePort } from '../../../infra/process/ports.ts';
import { deleteRecords } from '../../../common/kafka/admin/delete-records.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { openStream } from '../../support/stream.ts';
import { tempDir } from '../../support/temp-dir.ts';
import { until } from '../../support/until.ts';

async function ask(url: string, path: string, headers: Record<string, string> = {}) {
  const answer = await fetch(url + path, { headers, signal: AbortSignal.timeout(5_000) });
  const text = await answer.text();
  const isJson = (answer.headers.get('content-type') ?? '').includes('json');
  return { status: answer.status, text, json: isJson ? JSON.parse(text) : null };
}

const answers = (url: string) =>
  ask(url, '/ping').then(
    () => true,
    () => false,
  );

test('the ledger of a file adds up, and health follows the consumers', async (t) => {
  const dataDir = tempDir(t);
  const port = await freePort('127.0.0.1');
  const system = await aDeliverySystem(
    t,
    {
      DATA_DIR: dataDir,
      PORT: '0',
      CONSOLE_PORT: String(port),
      SETTLE_MS: '100',
      RETRY_SCHEDULE: '50ms,50ms',
    },
    { mode: { mode: 'flaky', failRate: 0.6 } },
  );
  const url = `http://127.0.0.1:${port}`;
  await mkdir(join(dataDir, 'inbox'), { recursive: true });
  const lines = Array.from(
    { length: 400 },
    (_, n) => `user-${n % 20},${n % 40 === 7 ? '' : 'hello'}`,
  );
  await writeFile(join(dataDir, 'inbox', 'a.csv'), `user_id,alert_message\n${lines.join('\n')}\n`);

  await writeFile(join(dataDir, 'inbox', 'a.csv~'), 'a copy that an editor made');

  const first = system.start('console');
  system.start('producer');
  await until(() => answers(url));
  const readiness = () => ask(url, '/health/ready');
  await until(async () => /no consumer runs/.test((await readiness()).text));
  assert.equal((await readiness()).status, 503);
  assert.equal((await ask(url, '/health/live')).status, 200);

  const consumer = system.start('consumer');
  await until(async () => (await readiness()).status === 200);
  const file = async () => (await ask(url, '/files')).json.files[0];
  await until(async () => (await file()).waiting === 0 && (await file()).retrying === 0, {
    describe: () => system.receiver.stats(),
  });
  const { id, name, state, rows, rejected, delivered, dead, retrying } = await file();
  assert.deepEqual(
    { name, state, rows, rejected },
    { name: 'a.csv', state: 'done', rows: 400, rejected: 10 },
  );
  assert.equal(delivered + dead + retrying + rejected, rows);
  assert.equal(delivered, system.receiver.stats().distinct);
  assert.equal(dead, (await system.records(system.names.deadLetters)).length);
  assert.ok(dead > 10, `${dead} dead letters`);
  assert.deepEqual((await ask(url, `/files/${id}`)).json, await file());
  assert.equal((await ask(url, '/files/none')).status, 404);
  const bad = await ask(url, `/files/${id}/rejected`);
  assert.equal(bad.status, 200);
  assert.equal(bad.text.trim().split('\n').length, 1 + rejected);

  const left = (await ask(url, '/files')).json.left_in_inbox;
  assert.partialDeepStrictEqual(left, [{ name: 'a.csv~', code: 'other_ending' }]);

  const statusNow = async () => (await ask(url, '/status')).json;
  // Figures of the broker are up to half a second old.
  await until(async () => (await statusNow()).deliveries.waiting === 0);
  await until(async () => (await statusNow()).deliveries.dead_lettered === dead);
  const status = await statusNow();
  assert.equal(status.deliveries.delivered, delivered);
  assert.deepEqual(status.files.left_in_inbox, left);
  assert.equal(status.files.left_in_inbox_count, 1);
  assert.equal(status.consumers.length, 1);
  assert.equal(status.consumers[0].partitions.length, system.config.PARTITIONS);
  assert.deepEqual(status.brokers.length > 0, true);

  // A console that starts again reads the same from the log.
  const second = await freePort('127.0.0.1');
  system.start('console', { CONSOLE_PORT: String(second) });
  const secondUrl = `http://127.0.0.1:${second}`;
  await until(() => answers(secondUrl));
  await until(async () => (await ask(secondUrl, '/status')).json.loading === false);
  assert.deepEqual((await ask(secondUrl, `/files/${id}`)).json, await file());

  // Everything back into delivery, to a receiver that is well again: nothing stays dead.
  system.receiver.setMode('ok');
  const retry = await fetch(`${url}/retry`, { method: 'POST' });
  assert.equal(retry.status, 202);
  assert.deepEqual(await retry.json(), { matched: dead, redriven: dead, skipped: {} });
  await until(async () => (await file()).delivered === rows - rejected, { describe: () => dead });
  assert.equal((await file()).dead, 0);
  await until(async () => (await statusNow()).deliveries.dead_lettered === 0);

  // Who follows sees each change, and the end.
  const stream = await openStream(url);
  await stream.until(({ summary }) => summary.state === 'ok' && summary.headline === 'All well');
  assert.equal(await consumer.end('SIGTERM'), 0);
  await system.produce(5, 5);
  // The markers of transactions count until a consumer has read them.
  const down = await stream.until(({ deliveries }) => deliveries.waiting >= 5);
  assert.match(down.summary.headline, /^No consumer runs, and \d deliveries wait$/);
  assert.equal(down.summary.state, 'down');
  assert.deepEqual(Object.keys(down), Object.keys(await statusNow()));
  await until(async () => (await readiness()).status === 503);
  const head = await fetch(`${url}/stream`, { method: 'HEAD' });
  assert.equal(head.status, 200);
  const [code] = await Promise.all([first.end('SIGTERM'), stream.ended()]);
  assert.equal(code, 0);
});

test('repeated attempts count once; a ledger whose attempts have expired says so', async (t) => {
  const env = { PARTITIONS: '2', RETRY_MAX_ATTEMPTS: '1' };
  const system = await aDeliverySystem(t, env);
  const { kafka, names } = system;
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  t.after(() => publisher.close());
  const publish = (topic: string, partition: number, key: string | null, value: string) =>
    publisher.publish({ topic, partition, key, value, headers: {} }, 30_000);
  const fileId = ulid();
  const progress = {
    ...{ id: fileId, name: 'a.csv', state: 'done', bytes: 90, bytesRead: 90, rows: 9, rejected: 1 },
    ...{ startedAt: new Date().toISOString(), finishedAt: new Date().toISOString() },
  };
  await publish(names.fileProgress, 0, fileId, JSON.stringify(progress));
  const log = (row: number, ...states: DeliveryState[]) =>
    publish(
      names.attempts,
      0,
      null,
      states.map((state) => formatAttempt(anAttempt(fileRowId(fileId, row), state))).join('\n'),
    );
  await log(1, 'delivered');
  await log(1, 'delivered');
  await log(2, 'retrying', 'retrying', 'delivered', 'delivered');
  await log(3, 'throttled', 'delivered');
  await log(4, 'retrying', 'dead', 'dead');
  await log(5, 'dead', 'delivered');
  await log(6, 'throttled');
  await log(7, 'retrying');
  await log(7, 'retrying');
  await log(8, 'delivered', 'retrying');

  const ledgerOf = async () => {
    const port = await freePort('127.0.0.1');
    system.start('console', { CONSOLE_PORT: String(port) });
    const url = `http://127.0.0.1:${port}`;
    await until(() => answers(url));
    await until(async () => (await ask(url, '/status')).json.loading === false);
    return (await ask(url, `/files/${fileId}`)).json;
  };
  const { rows, rejected, delivered, retrying, dead, waiting, ledger_complete } = await ledgerOf();
  assert.deepEqual(
    { rows, rejected, delivered, retrying, dead, waiting, ledger_complete },
    {
      rows: 9,
      rejected: 1,
      delivered: 4,
      retrying: 2,
      dead: 1,
      waiting: 1,
      ledger_complete: true,
    },
  );

  await deleteRecords(kafka, names.attempts, new Map([[0, 2]]));
  const later = await ledgerOf();
  assert.equal(later.ledger_complete, false);
  assert.equal(later.delivered, 3);
});

function anAttempt(id: string, state: DeliveryState): Attempt {
  return {
    ...{ id, key: 'u', subscription: null, attempt: 1, state, status: 200, error: null },
    ...{ eventType: null, excerpt: '', latencyMs: 1, at: Date.now(), dueAt: null },
    ...{ topic: 't', partition: 0, offset: 0, trigger: null },
  };
}

test('with keys set the page opens without one, and what it shows does not', async (t) => {
  const port = await freePort('127.0.0.1');
  const system = await aDeliverySystem(t, { CONSOLE_PORT: String(port), API_KEYS: 'one,two' });
  const url = `http://127.0.0.1:${port}`;
  system.start('console');
  await until(() => answers(url));
  const page = await ask(url, '/');
  assert.equal(page.status, 200);
  assert.match(page.text, /<title>Hookline<\/title>/);
  const [, script = ''] = /src="([^"]+main\.js)"/.exec(page.text) ?? [];
  assert.equal((await ask(url, script)).status, 200);
  const refused = await ask(url, '/status');
  assert.equal(refused.status, 401);
  assert.equal(refused.json.status, 401);
  assert.equal((await ask(url, '/status', { authorization: 'Bearer two' })).status, 200);
});
