// Goal: a source can be made, changed and deleted while all runs; one that is made again begins
// where it says, whatever the positions of the earlier one were.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ApiAnswer } from '../../support/api.ts';
import { uniquePrefix } from '../../support/broker.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';
import { userTopics } from '../../support/user-topics.ts';

test('sources are made, changed, deleted and made again while the consumers run', async (t) => {
  const [named, orders, late] = ['named', 'orders', 'late'].map(
    (one) => `${one}-${uniquePrefix()}`,
  );
  assert.ok(named && orders && late);
  const system = await aDeliverySystem(t, {
    ...{ ALLOW_TARGETS: '127.0.0.0/8', RETRY_SCHEDULE: '2s', SOURCE_TOPICS: named },
  });
  const topics = await userTopics(system, t, 2);
  await topics.make(orders);
  let failing = '';
  const { received, url } = await aTarget(t, ({ body }, response) => {
    response.writeHead(body === failing ? 500 : 200).end();
  });
  const bodies = (path: string) => received.filter((one) => one.path === path).map((r) => r.body);
  const all = () => bodies('/all');
  const consumer = system.start('consumer');
  const [{ ask }, { ask: askOther }] = await Promise.all([
    startConsole(system),
    startConsole(system, { INSTANCE_NAME: 'other' }),
  ]);
  const refused = ({ status, json }: ApiAnswer) => [status, String(json.type).split(':').at(-1)];
  const subscribe = async (path: string, more: object = {}) => {
    const { json } = await ask('POST', '/subscriptions', { target_url: `${url}${path}`, ...more });
    return json.id as string;
  };
  await subscribe('/all');
  const behind = await subscribe('/behind');
  const inOrder = await subscribe('/in-order', { ordering: 'key' });
  const write = (value: string, key = 'user-1', topic = orders) =>
    topics.write(topic, [{ key, value }]);
  const arrives = (value: string, times = 1) =>
    until(() => all().filter((one) => one === value).length === times, {
      describe: () => [value, all(), consumer.output().split('\n').slice(-30)],
    });
  await write('old', 'user-2');

  // Two consoles make it at once, and one of them is told that it is there.
  const beganAtMs = Date.now();
  const both = [ask, askOther].map((of) => of('POST', '/sources', { topic: orders }));
  const [made, taken] = (await Promise.all(both)).sort((a, b) => a.status - b.status);
  const { lag: _lag, lag_seconds: _age, created_at: createdAt, ...stated } = made?.json ?? {};
  assert.deepEqual(stated, {
    ...{ topic: orders, state: 'reading', reason: null, partitions: 2, by: 'api', from: 'now' },
    ...{ user_id: 'key', event_type: 'header:event-type', tombstones: 'skip', to_default: false },
    rate: null,
  });
  const createdMs = Date.parse(createdAt as string);
  assert.ok(beganAtMs <= createdMs && createdMs <= Date.now(), String(createdAt));
  assert.ok(taken);
  assert.deepEqual(refused(taken), [409, 'conflict']);
  assert.match(taken.json.detail as string, /is a source already/);
  await write('first');
  await arrives('first');
  const { headers } = received.find(({ body }) => body === 'first') ?? assert.fail();
  const delivery = `/deliveries/${headers['webhook-id'] as string}`;
  assert.equal((await ask('GET', `${delivery}/body`)).status, 200);

  // Its rules can be changed; consumers and the other console know it soon.
  const patched = await ask('PATCH', `/sources/${orders}`, { event_type: '/kind' });
  assert.equal(patched.json.event_type, '/kind');
  await until(async () => {
    await write('{"kind":"order.paid"}');
    return received.some(({ headers }) => headers['event-type'] === 'order.paid');
  });
  assert.equal((await askOther('GET', `/sources/${orders}`)).json.event_type, '/kind');
  const listed = await ask('GET', '/sources?limit=1');
  assert.deepEqual(
    [listed.json.sources[0].topic, listed.json.sources[0].by, listed.json.next_cursor],
    [named, 'settings', named],
  );

  // One that the settings name is theirs; others are unknown.
  for (const [method, body] of [['PATCH', {}], ['DELETE']] as const) {
    const answer = await ask(method, `/sources/${named}`, body);
    assert.deepEqual(refused(answer), [409, 'conflict']);
    assert.match(answer.json.detail as string, /SOURCE_TOPICS names/);
    assert.deepEqual(refused(await ask(method, '/sources/none', body)), [404, 'not-found']);
  }

  // Deleted: what waits in a retry topic goes on, what waits in its place is cancelled and says
  // so, what comes later is not read; an endpoint that is behind has nothing more of it.
  await ask('POST', `/subscriptions/${behind}/disable`);
  failing = 'retried';
  await write('retried');
  await arrives('retried');
  await until(async () => (await system.records(system.names.retry(2_000))).length > 0);
  assert.equal((await ask('DELETE', `/sources/${orders}`)).status, 204);
  failing = '';
  await arrives('retried', 2);
  const path = `/deliveries?subscription=${inOrder}&status=cancelled`;
  await until(async () => (await ask('GET', path)).json.deliveries.length === 1);
  const [cancelled] = (await ask('GET', path)).json.deliveries;
  assert.equal(cancelled.error, 'its source was deleted');
  const left = `/deliveries?subscription=${behind}&status=cancelled`;
  await until(async () => (await ask('GET', left)).json.deliveries.length === 1);
  const [{ error }] = (await ask('GET', left)).json.deliveries;
  assert.match(error, /^its source was deleted: 1 of its deliveries/);
  await until(async () => (await system.shares(orders)).length === 0);
  assert.equal((await ask('GET', delivery)).json.state, 'delivered');
  assert.deepEqual(refused(await ask('GET', `${delivery}/body`)), [410, 'gone']);
  assert.deepEqual(refused(await ask('POST', `${delivery}/resend`)), [410, 'gone']);
  await write('gap');

  // Made again, it begins where it says: not where the earlier one was, and not for an endpoint
  // that was behind in that one.
  await ask('POST', '/sources', { topic: orders });
  await write('again');
  await arrives('again');
  assert.equal(all().includes('gap'), false);
  await ask('POST', `/subscriptions/${behind}/enable`);
  await until(() => bodies('/behind').includes('again'));
  assert.equal(bodies('/behind').includes('retried'), false);

  // So it is while nobody reads it, and when it happens faster than the group can follow.
  await until(async () => (await ask('GET', `/sources/${orders}`)).json.lag === 0);
  const known = all();
  assert.equal((await ask('DELETE', `/sources/${orders}`)).status, 204);
  await ask('POST', '/sources', { topic: orders, from: 'earliest' });
  await arrives('old');
  await arrives('first', 2);
  await arrives('again', 2);
  await arrives('gap');
  await until(async () => (await ask('GET', `/sources/${orders}`)).json.lag === 0);
  assert.equal(all().length, 2 * known.length + 1, 'each once more, and retries are no records');
  assert.equal((await ask('DELETE', `/sources/${orders}`)).status, 204);
  assert.equal(await consumer.end('SIGTERM'), 0);
  await write('unread');
  const asked = { topic: orders, user_id: '/user', tombstones: 'deliver', to_default: true };
  await ask('POST', '/sources', asked);
  await write('{"user":"u-9"}');
  const next = system.start('consumer');
  await until(() => all().includes('{"user":"u-9"}'), { describe: next.output });
  assert.equal(all().includes('unread'), false);
  await until(() => system.receiver.stats().distinct === 1);

  // A topic that is not there is said so, and all of it is delivered once it is.
  const missing = await ask('POST', '/sources', { topic: late });
  assert.deepEqual([missing.status, missing.json.state], [201, 'missing']);
  assert.match(missing.json.reason as string, /late.* does not exist: create it/);
  await topics.make(late);
  await write('of late', 'user-1', late);
  await until(() => all().includes('of late'), { describe: next.output });
  assert.equal((await ask('GET', '/health/ready')).status, 200);
});
