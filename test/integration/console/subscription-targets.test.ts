// Goal: no delivery to where it must not go, and a person finds out why.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createTargetGuard } from '../../../common/security/target-guard.ts';
import { createSender } from '../../../common/send/sender.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { aNameServer } from '../../support/dns.ts';
import { subscribed } from '../../support/subscribed.ts';
import { aTarget, aTargetOnEveryAddress } from '../../support/target.ts';
import { until } from '../../support/until.ts';

const ENV = { PARTITIONS: '3', RETRY_SCHEDULE: '100ms' };

test('a name server that changes its answer leads no connection to where it was not checked', async (t) => {
  const { reached, port } = await aTargetOnEveryAddress(t);
  // As if it were public, and then what is behind it.
  const names = await aNameServer(t, ['127.0.0.2', '127.0.0.1']);
  const guard = createTargetGuard(['127.0.0.2/32'], names.resolve);
  const sender = createSender({ timeoutMs: 5_000, guard });
  t.after(() => sender.close());
  const origin = `http://rebinding.test:${port}`;
  const post = () => sender.send({ origin, path: '/', headers: [], body: Buffer.from('{}') });

  assert.equal((await post()).outcome.kind, 'accepted');
  assert.deepEqual([names.asked(), reached], [1, ['127.0.0.2']], 'asked once, and connected there');
  const { outcome, detail } = await post();
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'target-forbidden' });
  assert.match(detail, /rebinding\.test is at 127\.0\.0\.1, not public \(loopback\)/);
  assert.deepEqual([names.asked(), reached], [2, ['127.0.0.2']]);
});

test('a forbidden target is refused when it is named, else when it is found out', async (t) => {
  const system = await aDeliverySystem(t, ENV);
  const { received, url, port } = await aTarget(t);
  const consumer = system.start('consumer');
  const { ask } = await startConsole(system);
  const refused: readonly (readonly [target_url: string, says: RegExp])[] = [
    [url, /127\.0\.0\.1 is not public \(loopback\)/],
    [`http://2130706433:${port}/`, /127\.0\.0\.1 is not public \(loopback\)/],
    ['http://169.254.169.254/latest/meta-data', /169\.254\.169\.254 is not public \(linkLocal\)/],
    ['http://[::ffff:10.0.0.1]/', /is not public \(private\)/],
    [`http://localhost:${port}/`, /localhost is not public \(loopback\)/],
    ['http://app.localhost./', /app\.localhost\. is not public \(loopback\)/],
    ['http://me:pass@example.com/', /without a user/],
    ['file:///etc/passwd', /http:\/\/ or https:\/\//],
  ];
  for (const [target_url, says] of refused) {
    const { status, json } = await ask('POST', '/subscriptions', { target_url });
    assert.equal(status, 400, target_url);
    assert.match(json.detail, says);
    assert.equal(json.errors[0].field, 'target_url');
  }

  const { id } = (await ask('POST', '/subscriptions', { target_url: 'http://8.8.8.8/' })).json;
  const change = await ask('PATCH', `/subscriptions/${id}`, { target_url: `${url}/` });
  assert.equal(change.status, 400, 'nor can it be led there afterwards');

  // One that became forbidden since it was given: the first attempt is the last one.
  const { save, send } = subscribed(t, system);
  await save({ id: 'sub_moved', targetUrl: `http://localhost:${port}/` });
  await send('sub_moved', 'one', 'user');
  // The console may not have read of it yet.
  const logOf = async (id: string) =>
    (await ask('GET', `/subscriptions/${id}/logs`)).json.attempts ?? [];
  const log = () => logOf('sub_moved');
  await until(async () => (await log()).length > 0);
  const [attempt] = await log();
  assert.deepEqual([attempt.state, attempt.status, attempt.attempt], ['dead', null, 1]);
  assert.match(attempt.error, /^target-forbidden: localhost is not public \(loopback\)$/);
  const dead = async () => JSON.stringify((await ask('GET', '/dead-letters')).json);
  await until(async () => /target-forbidden: localhost is/.test(await dead()), { describe: dead });
  const shown = async () => (await ask('GET', '/subscriptions/sub_moved')).json.target_forbidden;
  await until(async () => /^localhost is not public/.test((await shown()) ?? ''));
  const tried = (await ask('POST', '/subscriptions/sub_moved/test')).json;
  assert.match(tried.error, /^target-forbidden: localhost is not public/, 'nor by a test event');
  assert.deepEqual(received, [], 'and nothing came');
  await save({ id: 'sub_nowhere', targetUrl: 'http://nowhere.invalid/' });
  await send('sub_nowhere', 'two', 'user');
  await until(async () => /^dns/.test((await logOf('sub_nowhere'))[0]?.error ?? ''));
  if (process.platform !== 'linux') return;
  const threads = /Threads:\s*(\d+)/.exec(await readFile(`/proc/${consumer.pid}/status`, 'utf8'));
  assert.ok(Number(threads?.[1]) > 100, 'a few dead name servers must not hold every look-up up');
});

test('a redirect is not followed, and counts as a failure', async (t) => {
  const system = await aDeliverySystem(t, { ...ENV, ALLOW_TARGETS: '127.0.0.0/8' });
  const other = await aTarget(t);
  const { received, url } = await aTarget(t, ({ path }, response) => {
    const location = path === '/away' ? other.url : '/here';
    response.writeHead(path === '/here' ? 200 : 307, { location }).end();
  });
  const { ask } = await startConsole(system);
  for (const path of ['/away', '/near']) {
    const { id } = (await ask('POST', '/subscriptions', { target_url: url + path })).json;
    const { status, error } = (await ask('POST', `/subscriptions/${id}/test`)).json;
    assert.deepEqual([status, error], [307, 'HTTP 307']);
  }
  assert.deepEqual(
    received.map(({ path }) => path),
    ['/away', '/near'],
  );
  assert.deepEqual(other.received, []);
});
