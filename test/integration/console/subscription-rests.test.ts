// Goal: a rest can be seen and ended, and a target can be tried before it is enabled.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { subscribed } from '../../support/subscribed.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';

const HOUR_MS = 3_600_000;

interface Foretold {
  readonly subscription: string | null;
  readonly bound: string | null;
  readonly waiting: number;
}

test('a rest is shown, and ends by a successful test event or by enabling, WEBHOOK_URL too', async (t) => {
  let isBusy = true;
  const { received, url } = await aTarget(t, ({ path }, response) => {
    if (path === '/broken') response.writeHead(500).end('the order is unknown');
    else if (isBusy) response.writeHead(429, { 'retry-after': '30000' }).end('slow down');
    else response.end('thank you');
  });
  const system = await aDeliverySystem(t, {
    ...{ ALLOW_TARGETS: '127.0.0.0/8', WEBHOOK_URL: `${url}/default` },
  });
  system.start('consumer');
  const { ask } = await startConsole(system);
  const { send } = subscribed(t, system);
  const make = async (path: string) =>
    (await ask('POST', '/subscriptions', { target_url: url + path })).json.id as string;
  const [tested, enabled] = [await make('/tested'), await make('/enabled')];
  await send(tested, 'a', 'user-1');
  await send(enabled, 'b', 'user-2');
  await system.produce(1, 1);

  const restingUntil = async (id: string | null) => {
    const { endpoints } = (await ask('GET', '/status')).json;
    return endpoints.find((one: { subscription: string | null }) => one.subscription === id)
      ?.resting_until as string | null | undefined;
  };
  for (const id of [tested, enabled, null]) {
    await until(async () => Boolean(await restingUntil(id)));
    const restsMs = Date.parse((await restingUntil(id)) ?? '') - Date.now();
    assert.ok(restsMs > HOUR_MS - 60_000 && restsMs <= HOUR_MS, `${restsMs} ms`);
    if (id === null) continue;
    const { resting_until } = (await ask('GET', `/subscriptions/${id}`)).json;
    assert.equal(resting_until, await restingUntil(id));
  }

  // Until the consumers have written the cursors of a new subscription again, each counts as one.
  const foretold = async (): Promise<string[]> =>
    (await ask('GET', '/forecast')).json.endpoints.map(
      ({ subscription, bound, waiting }: Foretold) => `${subscription} ${bound} ${waiting}`,
    );
  const resting = [null, tested, enabled].map((subscription) => `${subscription} resting 1`);
  const isForetold = async () => String((await foretold()).sort()) === String(resting.sort());
  await until(isForetold, { describe: foretold });

  const busy = (await ask('POST', `/subscriptions/${tested}/test`)).json;
  const { latency_ms, id, ...answer } = busy;
  assert.ok(latency_ms > 0 && id.startsWith('test_'));
  assert.deepEqual(answer, { status: 429, excerpt: 'slow down', error: 'HTTP 429' });
  isBusy = false;
  const fine = (await ask('POST', `/subscriptions/${tested}/test`)).json;
  assert.deepEqual([fine.status, fine.excerpt, fine.error], [200, 'thank you', null]);
  const arrived = (path: string) => received.filter((one) => one.path === path);
  await until(() => arrived('/tested').length === 4, { describe: () => JSON.stringify(received) });
  assert.equal(arrived('/enabled').length, 1, 'the others rest on');
  const sent = arrived('/tested').at(-1);
  assert.deepEqual([sent?.headers['webhook-id'], sent?.headers['webhook-attempt']], ['a', '1']);

  assert.equal((await ask('POST', `/subscriptions/${enabled}/enable`)).json.resumed_at, undefined);
  await until(() => arrived('/enabled').length === 2);
  const shown = (await ask('POST', '/subscriptions/default/enable')).json;
  assert.deepEqual([shown.id, shown.enabled], ['default', true]);
  await until(() => arrived('/default').length === 2);
  await until(async () => (await restingUntil(null)) === null);
  const listed = (await ask('GET', '/subscriptions')).json.subscriptions;
  assert.equal(listed.length, 2, 'WEBHOOK_URL is no subscription');
  assert.equal((await ask('GET', '/subscriptions/default')).status, 404);

  // Disabled, it can be tried; and WEBHOOK_URL can be disabled like a subscription.
  const broken = await make('/broken');
  assert.equal((await ask('POST', `/subscriptions/${broken}/disable`)).json.enabled, false);
  const tried = (await ask('POST', `/subscriptions/${broken}/test`)).json;
  const said = { status: 500, excerpt: 'the order is unknown', error: 'HTTP 500' };
  assert.deepEqual({ ...tried, ...said }, tried);
  assert.equal((await ask('GET', `/subscriptions/${broken}`)).json.enabled, false);
  assert.equal((await ask('POST', '/subscriptions/default/disable')).json.enabled, false);
  const ofDefault = (await ask('POST', '/subscriptions/default/test')).json;
  assert.deepEqual(
    [ofDefault.status, ofDefault.excerpt, ofDefault.error],
    [200, 'thank you', null],
  );
  const event = JSON.parse(arrived('/default').at(-1)?.body ?? '') as Record<string, unknown>;
  assert.deepEqual([event['type'], event['data']], ['hookline.test', { subscription: 'default' }]);
  await system.produce(1, 1);
  const standard = async () => (await ask('GET', '/status')).json.endpoints[0].state;
  await until(async () => (await standard()) === 'disabled');
  assert.equal(arrived('/default').length, 3);
  await ask('POST', '/subscriptions/default/enable');
  await until(() => arrived('/default').length === 4);
  // Paused, nothing is sent and nothing is lost; resumed, it goes on.
  for (const one of ['default', tested]) {
    assert.equal((await ask('POST', `/subscriptions/${one}/pause`)).json.paused, true);
  }
  await system.produce(1, 1);
  await send(tested, 'p', 'user-1');
  await until(async () => (await standard()) === 'paused');
  const waiting = async () => (await ask('GET', `/deliveries/p?subscription=${tested}`)).json;
  await until(async () => (await waiting()).waiting_reason === 'its endpoint is paused');
  const seen = ['/default', '/tested'].map((path) => arrived(path).length);
  assert.equal((await ask('POST', `/subscriptions/${broken}/pause`)).status, 409, 'disabled');
  for (const one of ['default', tested]) {
    assert.equal((await ask('POST', `/subscriptions/${one}/resume`)).json.paused, false);
  }
  await until(() => arrived('/default').length === 5 && arrived('/tested').length === 5);
  assert.deepEqual(seen, [4, 4]);
  // One that rests is on its way again once a test event is accepted.
  isBusy = true;
  await system.produce(1, 1);
  await until(async () => Boolean(await restingUntil(null)));
  isBusy = false;
  await ask('POST', '/subscriptions/default/test');
  await until(() => arrived('/default').length === 8);
});
