// Goal: what became of each delivery can be looked up, also after the database was thrown away.
import assert from 'node:assert/strict';
import { existsSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { startConsole } from '../../support/console.ts';
import type { TestConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
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
});

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
