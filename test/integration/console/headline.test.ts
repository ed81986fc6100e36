// Goal: the first line of the dashboard says what the system is in, soon after it came to be so.
// A broker that is away is in console-outage.test.ts.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { accept } from '../../support/accept.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import { openStream } from '../../support/stream.ts';
import { urlOf } from '../../support/role-url.ts';
import { until } from '../../support/until.ts';

const DAY_MS = 24 * 3_600_000;

/** Does something as if it were earlier: records have the time of who writes them. */
async function earlier(t: TestContext, byMs: number, work: () => Promise<void>): Promise<void> {
  const { now } = Date;
  const clock = t.mock.method(Date, 'now', () => now() - byMs);
  await work().finally(() => clock.mock.restore());
}

test('the first line says what is wrong, and when all is well again', async (t) => {
  const system = await aDeliverySystem(t, {
    ...{ RETRY_MAX_ATTEMPTS: '1', CONCURRENCY: '8', ALLOW_TARGETS: '127.0.0.0/8' },
    MAX_LAG: '15000',
  });
  const { receiver } = system;
  const consumer = system.start('consumer');
  const api = await startConsole(system);
  const url = await urlOf(api.role);
  const post = async (path: string, body: object = {}) => {
    const { status, json, text } = await api.ask('POST', path, body);
    assert.ok(status < 300, `${path}: ${text}`);
    return json;
  };
  const says = async (headline: RegExp, state: string) => {
    const sinceMs = Date.now();
    const stream = await openStream(url);
    const { summary } = await stream.until((status) => headline.test(status.summary.headline));
    await stream.close();
    assert.equal(summary.state, state, summary.headline);
    t.diagnostic(`${summary.headline}: after ${Date.now() - sinceMs} ms`);
  };
  await says(/^All well$/, 'ok');

  receiver.setMode({ mode: 'error' });
  await accept(system, 'dead', 3);
  await until(() => receiver.stats().received >= 3);
  await says(/1 endpoint failing.*3 dead in the last hour/, 'failing');
  receiver.setMode('ok');
  await post('/dead-letters/redrive', { filter: {} });
  await says(/^All well$/, 'ok');

  receiver.setMode({ mode: 'ratelimit', rps: 0.001, retryAfter: 600 });
  await accept(system, 'resting', 2);
  await says(/^1 endpoint resting, as asked/, 'degraded');
  receiver.setMode('ok');
  await post('/subscriptions/default/enable');
  await says(/^All well$/, 'ok');

  const { id } = await post('/replays', { from: 'earliest', rate: 1 });
  await says(/^All well.* · A replay runs, \d+ %$/, 'ok');
  assert.equal((await api.ask('DELETE', `/replays/${id}`)).status, 200);

  // Connections that are cut for two seconds and twenty times in a row.
  receiver.setMode({ mode: 'reset' });
  let sent = 0;
  const cut = setInterval(() => void accept(system, `cut-${(sent += 1)}`, 10), 250);
  await says(/1 endpoint failing, with the circuit open/, 'failing').finally(() =>
    clearInterval(cut),
  );
  receiver.setMode('ok');
  await post('/subscriptions/default/enable');
  await until(async () => (await system.lag()) === 0);
  await post('/dead-letters/redrive', { filter: {} });
  await says(/^All well$/, 'ok');

  await post('/subscriptions/default/pause');
  await earlier(t, 29 * DAY_MS, () => accept(system, 'old', 5));
  await says(/Retention is near: default \(\d+\): the log will soon delete/, 'failing');
  await post('/subscriptions/default/resume');
  await says(/^All well$/, 'ok');

  // Beside another endpoint a slow one does not hold up the log: it is left behind.
  await post('/subscriptions', { target_url: receiver.url, event_types: ['none'] });
  receiver.setMode({ mode: 'slow', delayMs: 1_000 });
  await system.produce(12_000, 50);
  await says(/1 endpoint behind: [\d,]+ deliveries wait/, 'degraded');
  await consumer.end('SIGTERM');
  await says(/^No consumer runs, and [\d,]+ deliveries wait/, 'down');
  await accept(system, 'refused', 15_000);
  await says(/^No consumer runs.* · The API answers 429: [\d,]+ records wait/, 'down');
});
