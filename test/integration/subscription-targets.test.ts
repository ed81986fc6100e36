// Goal: no delivery to where it must not go, and a person finds out why.
import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { createTargetGuard } from '../../common/target-guard.ts';
import { createSender } from '../../common/send/sender.ts';
import { startConsole } from '../support/console.ts';
import { aDeliverySystem } from '../support/delivery.ts';
import { aNameServer } from '../support/dns.ts';
import { aTarget, aTargetOnEveryAddress } from '../support/target.ts';
import { until } from '../support/until.ts';

const ENV = { PARTITIONS: '3', RETRY_MAX_ATTEMPTS: '1' };

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
    ['http://me:pass@example.com/', /without a user/],
    ['file:///etc/passwd', /http:\/\/ or https:\/\//],
  ];
  for (const [target_url, says] of refused) {
    const { status, json } = await ask('POST', '/subscriptions', { target_url });
    assert.equal(status, 400, target_url);
    assert.match(json.detail, says);
    assert.equal(json.errors[0].field, 'target_url');
  }

  // What a name means is known only when it is asked for.
  const target_url = `http://localhost:${port}/`;
  const { id } = (await ask('POST', '/subscriptions', { target_url })).json;
  const change = await ask('PATCH', `/subscriptions/${id}`, { target_url: `${url}/` });
  assert.equal(change.status, 400, 'nor can it be led there afterwards');
  const tested = (await ask('POST', `/subscriptions/${id}/test`)).json;
  const log = async () => (await ask('GET', `/subscriptions/${id}/logs`)).json.attempts;
  await until(async () => (await log()).length > 0);
  const [attempt] = await log();
  assert.equal(attempt.id, tested.id);
  assert.deepEqual([attempt.state, attempt.status], ['dead', null]);
  assert.match(attempt.error, /target-forbidden/);
  assert.match(attempt.error, /localhost is at .*, not public \(loopback\)/);
  const dead = async () => JSON.stringify((await ask('GET', '/dead-letters')).json);
  await until(async () => /target-forbidden: localhost is at/.test(await dead()), {
    describe: dead,
  });
  assert.deepEqual(received, [], 'and nothing came');
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
  system.start('consumer');
  const { ask } = await startConsole(system);
  for (const path of ['/away', '/near']) {
    const { id } = (await ask('POST', '/subscriptions', { target_url: url + path })).json;
    const tested = (await ask('POST', `/subscriptions/${id}/test`)).json;
    const found = () => ask('GET', `/deliveries/${tested.id}`);
    await until(async () => (await found()).status === 200);
    const { state, status } = (await found()).json;
    assert.deepEqual([state, status], ['dead', 307]);
  }
  assert.deepEqual(
    received.map(({ path }) => path),
    ['/away', '/near'],
  );
  assert.deepEqual(other.received, []);
});
