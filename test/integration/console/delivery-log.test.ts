// Goal: what became of each delivery can be looked up, also after the database was thrown away.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { deleteRecords } from '../../../common/kafka/admin/delete-records.ts';
import { startConsole } from '../../support/console.ts';
import type { TestConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { accept } from '../../support/accept.ts';
import { until } from '../../support/until.ts';

const LOCAL = { ALLOW_TARGETS: '127.0.0.0/8' };

test('attempts by subscription, user, id, status and time; rebuilt when deleted', async (t) => {
  const env = { PARTITIONS: '3', RETRY_SCHEDULE: '200ms', ...LOCAL };
  const system = await aDeliverySystem(t, env, { mode: { mode: 'error', status: 500 } });
  const { receiver, config } = system;
  let api = await startConsole(system);
  const target = { target_url: `${receiver.url}/hook` };
  const { id: subscription } = (await api.ask('POST', '/subscriptions', target)).json;
  const path = `/subscriptions/${subscription}/logs`;
  assert.deepEqual((await api.ask('GET', path)).json, { attempts: [], next_cursor: null });
  system.start('consumer');
  await accept(system, 'failing', 3, { 'wh-subscription': subscription });
  await until(async () => (await logs(api, path)).length === 6, { timeoutMs: 40_000 });
  receiver.setMode({ mode: 'ok' });
  await accept(system, 'fine', 20);
  await untilDrained(system);
  const page = async (query: string) => (await api.ask('GET', `/deliveries?${query}`)).json;
  await until(async () => (await page('status=delivered')).deliveries.length === 20);

  const check = async () => {
    const dead = (await page('status=dead')).deliveries;
    assert.equal(dead.length, 3);
    assert.ok(dead.every((one: { status: number }) => one.status === 500));
    assert.deepEqual((await page('status=500')).deliveries, dead);
    assert.deepEqual((await page(`subscription=${subscription}`)).deliveries, dead);
    assert.equal((await page('user=user-2')).deliveries.length, 3);
    const first = await page('limit=15');
    const rest = await page(`limit=15&cursor=${first.next_cursor}`);
    const ids = [...first.deliveries, ...rest.deliveries].map(({ id }: { id: string }) => id);
    assert.equal(new Set(ids).size, 23);
    assert.equal(rest.next_cursor, null);

    const { json } = await api.ask('GET', '/deliveries/failing-1');
    const { state, user, attempts } = json;
    assert.deepEqual({ state, user }, { state: 'dead', user: 'user-1' });
    assert.deepEqual(
      attempts.map((one: Record<string, unknown>) => [one['attempt'], one['state'], one['status']]),
      [
        [1, 'retrying', 500],
        [2, 'dead', 500],
      ],
    );
    const { latency_ms, at, topic, partition, offset } = attempts[0];
    assert.ok(latency_ms > 0 && Date.parse(at) > 0 && topic.endsWith('.deliveries'));
    assert.ok(partition >= 0 && offset >= 0);
    const { request_headers: sent, response_headers: answered } = attempts[1];
    assert.match(sent['content-type'], /json/);
    assert.deepEqual([sent['webhook-id'], sent['webhook-attempt']], ['failing-1', '2']);
    assert.equal(sent['webhook-signature'], '(hidden)');
    assert.ok(answered['date'], JSON.stringify(answered));
    const fine = (await api.ask('GET', '/deliveries/fine-1')).json.attempts[0];
    assert.equal(fine.response_headers, null, 'of a success they are not kept');
    assert.equal(fine.request_headers['content-type'], 'application/json');
    assert.equal(
      (await api.ask('GET', `/subscription/logs/${subscription}`)).json.attempts.length,
      6,
    );
    // Plots have the last whole five seconds, and the same after the file was deleted.
    assert.equal((await api.ask('GET', '/series?subscription=nobody')).status, 404);
    assert.equal((await api.ask('GET', '/series?window=1y')).status, 400);
    await until(async () => (await sums(api)).delivered === 20);
    assert.deepEqual(await sums(api), { delivered: 20, failed: 6, dead_lettered: 3 });
    assert.equal((await api.ask('GET', '/deliveries/nobody')).status, 404);
    assert.equal((await api.ask('GET', '/subscription/logs/nobody')).status, 404);
    for (const bad of ['status=x', 'since=soon', 'limit=0', 'cursor=x', 'users=x', 'user=']) {
      assert.equal((await api.ask('GET', `/deliveries?${bad}`)).status, 400, bad);
    }
  };
  await check();

  const file = join(config.DATA_DIR, 'log', `${config.TOPIC_PREFIX}.db`);
  assert.equal(await api.role.end('SIGTERM'), 0);
  api = await startConsole(system);
  await check();
  assert.equal(await api.role.end('SIGTERM'), 0);
  assert.ok(existsSync(file));
  for (const ending of ['', '-wal', '-shm']) rmSync(file + ending, { force: true });
  api = await startConsole(system);
  await check();
  await checkRecords(system, api);
});

/** The records themselves: their bodies, sending them once more, and the log that they lie in. */
async function checkRecords(system: DeliverySystem, api: TestConsole): Promise<void> {
  const { receiver, names, kafka } = system;
  const body = await api.ask('GET', '/deliveries/fine-3/body');
  assert.deepEqual([body.status, body.text], [200, '{"of":"fine-3"}']);
  assert.equal(body.headers.get('content-type'), 'application/json');
  assert.match(body.headers.get('content-security-policy') ?? '', /sandbox/);

  const { delivered } = (await api.ask('GET', '/status')).json.deliveries;
  const { distinct, accepted } = receiver.stats();
  for (const id of ['fine-3', 'failing-1']) {
    const { status, json } = await api.ask('POST', `/deliveries/${id}/resend`);
    assert.deepEqual([status, json.id], [202, id]);
  }
  await until(() => receiver.stats().accepted === accepted + 2);
  assert.equal(receiver.stats().distinct, distinct + 1, 'under the same id');
  const stateOf = async (id: string) => (await api.ask('GET', `/deliveries/${id}`)).json.state;
  await until(async () => (await stateOf('failing-1')) === 'delivered');
  const deliveries = async () => (await api.ask('GET', '/status')).json.deliveries;
  await until(async () => (await deliveries()).dead_lettered === 2);
  assert.equal((await deliveries()).delivered, delivered + 1);
  const triggers = async (id: string) =>
    (await api.ask('GET', `/deliveries/${id}`)).json.attempts.map(
      ({ trigger }: { trigger: string | null }) => trigger,
    );
  assert.deepEqual(await triggers('fine-3'), [null, 'redrive']);
  assert.equal((await triggers('failing-1')).at(-1), 'redrive');
  assert.equal((await api.ask('POST', '/deliveries/nobody/resend')).status, 404);

  const { topics } = (await api.ask('GET', '/topics')).json;
  const live = topics.find(({ topic }: { topic: string }) => topic === names.deliveries);
  const [first] = live.partitions;
  assert.equal(live.partitions.length, 3);
  assert.equal(live.readers, null);
  const files = topics.find(({ topic }: { topic: string }) => topic === names.files);
  assert.match(files.readers, /producers .* group \S+\.file-ingest$/);
  assert.ok(first.end > first.start && first.committed === first.end && first.owner !== null);
  const { topic, partition, offset } = (await api.ask('GET', '/deliveries/fine-5')).json;
  const place = `/topics/${topic}/records?partition=${partition}`;
  const read = async (query: string) => (await api.ask('GET', place + query)).json;
  const { records, next_offset: next } = await read(`&offset=${offset}&limit=1`);
  assert.equal(records[0].headers['webhook-id'], 'fine-5');
  assert.deepEqual([records[0].value, next], ['{"of":"fine-5"}', offset + 1]);
  const [again] = (await read(`&time=${records[0].at}&limit=100`)).records;
  assert.ok(again.offset <= offset && again.at === records[0].at);
  const newest = await read('&limit=1');
  assert.equal(newest.next_offset, newest.end);
  for (const [path, status] of [
    [`/topics/${names.subscriptions}/records`, 404],
    [`/topics/${topic}/records?partition=3`, 404],
    [`${place}&limit=0`, 400],
  ] as const) {
    assert.equal((await api.ask('GET', path)).status, status, path);
  }

  await deleteRecords(kafka, topic, new Map([[partition, offset + 1]]));
  const gone = await api.ask('GET', '/deliveries/fine-5/body');
  assert.deepEqual([gone.status, gone.json.type], [410, 'urn:hookline:problem:gone']);
}

/** Adds up what the plots of the last quarter of an hour have. */
async function sums({ ask }: TestConsole) {
  const { window, step_seconds, points } = (await ask('GET', '/series?window=15m')).json;
  assert.deepEqual([window, step_seconds, points.length], ['15m', 5, 180]);
  const sum = (name: string) =>
    points.reduce((total: number, point: Record<string, number>) => total + (point[name] ?? 0), 0);
  const [delivered, failed, dead_lettered] = ['delivered', 'failed', 'dead_lettered'].map(sum);
  return { delivered, failed, dead_lettered };
}

async function logs({ ask }: TestConsole, path: string): Promise<readonly unknown[]> {
  return (await ask('GET', path)).json.attempts;
}
