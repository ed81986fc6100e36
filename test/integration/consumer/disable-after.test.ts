// Goal: what accepts nothing for DISABLE_AFTER is disabled, once, whatever becomes of consumers.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseSubscription } from '../../../common/model/subscription.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { subscribed } from '../../support/subscribed.ts';
import { aTarget } from '../../support/target.ts';
import { until } from '../../support/until.ts';

/** More than it takes until the partitions of a consumer that was killed are taken over. */
const DISABLE_AFTER_MS = 20_000;
const ENV = {
  ...{ PARTITIONS: '6', ALLOW_TARGETS: '127.0.0.0/8', RETRY_SCHEDULE: '300ms' },
  DISABLE_AFTER: `${DISABLE_AFTER_MS}ms`,
};

test('a target that accepts nothing for DISABLE_AFTER is disabled, and who asks is told once', async (t) => {
  const system = await aDeliverySystem(t, ENV);
  let isMended = false;
  // One user of the flaky one is accepted, so that some consumer knows of successes all along.
  const { received, url } = await aTarget(t, ({ path, headers }, response) => {
    const isFine = isMended || path === '/ops' || String(headers['webhook-id']).endsWith('user-0');
    if (path === '/busy' && !isMended) response.writeHead(429, { 'retry-after': '1' }).end();
    else response.writeHead(isFine && path !== '/all' ? 200 : 500).end();
  });
  const first = system.start('consumer');
  const { ask } = await startConsole(system);
  const make = async (path: string, event_types: string[]) => {
    const { json } = await ask('POST', '/subscriptions', { target_url: url + path, event_types });
    return json.id as string;
  };
  const down = await make('/down', ['order.*']);
  const flaky = await make('/flaky', ['order.*']);
  const busy = await make('/busy', ['busy']);
  await make('/ops', ['hookline.*']);
  await make('/all', []);
  const { send, save } = subscribed(t, system);
  const kept = (await system.records(system.names.subscriptions)).find(({ key }) => key === flaky);
  const stored = parseSubscription(String(kept?.value));
  assert.ok(stored);
  // As it would be, had consumers that did not send to the one user thought it failing before.
  await save({ ...stored, failing: { since: Date.now() - 5_000, lastAt: Date.now() } });
  await send(busy, 'busy', 'user-0');
  let isSending = true;
  const sending = (async () => {
    for (let n = 0; isSending; n += 1) {
      const user = `user-${n % 12}`;
      if (user !== 'user-0') await send(down, `down-${n}-${user}`, user);
      await send(flaky, `flaky-${n}-${user}`, user);
      await sleep(50);
    }
  })();
  t.after(() => (isSending = false));
  const shown = async (id: string) => (await ask('GET', `/subscriptions/${id}`)).json;

  await until(async () => (await shown(down)).failing_since !== null);
  const { failing_since } = await shown(down);
  await first.end('SIGKILL');
  [1, 2].map(() => system.start('consumer'));
  await until(async () => !(await shown(down)).enabled, { timeoutMs: 60_000, everyMs: 50 });
  const { disabled_reason, updated_at, ...off } = await shown(down);
  assert.equal(off.failing_since, failing_since, 'a crash does not begin the days again');
  assert.equal(disabled_reason, `its target has accepted nothing since ${failing_since}`);
  assert.ok(Date.parse(updated_at) - Date.parse(failing_since) >= DISABLE_AFTER_MS);
  // The target that only ever asks for rest.
  await until(async () => !(await shown(busy)).enabled, { timeoutMs: 30_000 });
  const ofDown = ({ body }: { body: string }) => body.includes(down);
  const ofType = (type: string) =>
    received.filter(({ path, headers }) => path === '/ops' && headers['event-type'] === type);
  const told = () => ofType('hookline.endpoint.disabled').filter(ofDown);
  await until(() => told().length > 0);
  const failing = ofType('hookline.endpoint.failing').filter(ofDown);
  // The consumer that was killed may have sent it, and not have noted that.
  assert.equal(new Set(failing.map(({ headers }) => headers['webhook-id'])).size, 1);
  const { endpoints } = (await ask('GET', '/status')).json;
  const line = (endpoints as { subscription: string | null }[]).find(
    ({ subscription }) => subscription === down,
  );
  const { state, disabled_reason: why } = line as unknown as Record<string, unknown>;
  assert.deepEqual([state, why], ['disabled', disabled_reason]);
  isSending = false;
  await sending;
  // It failed as long, for eleven users of twelve.
  assert.equal((await shown(flaky)).enabled, true);
  isMended = true;
  await ask('PATCH', `/subscriptions/${busy}`, { enabled: true });
  const enabled = (await ask('PATCH', `/subscriptions/${down}`, { enabled: true })).json;
  const { failing_since: since, disabled_reason: reason } = enabled;
  assert.deepEqual([since, reason], [null, null]);
  await untilDrained(system);
  assert.equal(told().length, 1);
  const [event] = told().map(({ body }) => JSON.parse(body) as Record<string, unknown>);
  assert.deepEqual(event, {
    ...{ type: 'hookline.endpoint.disabled', timestamp: updated_at },
    data: { subscription: down, target_url: `${url}/down`, reason: disabled_reason, failing_since },
  });
  const recovered = ofType('hookline.endpoint.recovered');
  assert.ok(
    recovered.some(({ body }) => body.includes(flaky)),
    'one of its users was accepted',
  );
  assert.ok(!received.some(({ path }) => path === '/all'), 'who takes all types is not told');
});
