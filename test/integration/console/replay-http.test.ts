// Goal: a replay that was asked for by HTTP goes on by itself, in whichever console is left.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import { accept, untilGrown } from '../../support/accept.ts';
import { startConsole } from '../../support/console.ts';
import type { TestConsole } from '../../support/console.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { runTool } from '../../support/run-tool.ts';
import { until } from '../../support/until.ts';

const aSystem = (t: TestContext) =>
  aDeliverySystem(t, { PARTITIONS: '3', RETRY_MAX_ATTEMPTS: '1' });

async function copiedIds(system: DeliverySystem): Promise<string[]> {
  const records = await system.records(system.names.bulkDeliveries);
  const copies = records.filter(({ headers }) => 'webhook-replay' in headers);
  return copies.map(({ headers }) => String(headers['webhook-id']));
}

async function untilEnded({ ask }: TestConsole, id: string) {
  await until(async () => (await ask('GET', `/replays/${id}`)).json.state !== 'running', {
    timeoutMs: 60_000,
    describe: () => id,
  });
  return (await ask('GET', `/replays/${id}`)).json;
}

describe('replays by HTTP', { concurrency: 2 }, () => {
  test('counted, asked for, watched, cancelled', async (t) => {
    const system = await aSystem(t);
    await accept(system, 'd', 300);
    const api = await startConsole(system);
    const dry = await api.ask('POST', '/replays', {
      ...{ from: 'earliest', user: 'user-3', dry_run: true },
    });
    assert.equal(dry.status, 200);
    const counts = { offsets: 300, matched: 30, skipped: {} };
    assert.deepEqual(dry.json, { from: 'earliest', to: null, ...counts });
    // A time below zero would mean the end of the log to Kafka.
    const before1970 = { from: '1969-12-31T23:59:59.999Z', user: 'user-3', dry_run: true };
    assert.deepEqual((await api.ask('POST', '/replays', before1970)).json, {
      ...{ from: before1970.from, to: null },
      ...counts,
    });
    // A time back becomes a time, which means the same when the replay is asked for.
    const back = { from: '1h', user: 'user-3', dry_run: true };
    const lastHour = (await api.ask('POST', '/replays', back)).json;
    assert.equal(lastHour.matched, 30);
    assert.ok(Math.abs(Date.parse(lastHour.from) + 3_600_000 - Date.now()) < 60_000);
    const toDefault = { from: 'earliest', subscription: 'default', dry_run: true };
    assert.equal((await api.ask('POST', '/replays', toDefault)).json.matched, 300);
    const unknown = await api.ask('POST', '/replays', { ...toDefault, subscription: 'sub_none' });
    assert.equal(unknown.status, 400);
    assert.match(unknown.json.detail, /^subscription: allowed: the id of a subscription that is/);
    assert.deepEqual(await copiedIds(system), []);
    assert.deepEqual((await api.ask('GET', '/replays')).json, { replays: [] });
    const volume = (await api.ask('GET', '/replays/volume')).json;
    const written = (sum: number, { offsets }: { offsets: number }) => sum + offsets;
    assert.deepEqual([volume.points.length, volume.points.reduce(written, 0)], [60, 300]);
    const backwards = '/replays/volume?from=2026-01-02T00:00:00Z&to=2026-01-01T00:00:00Z';
    assert.equal((await api.ask('GET', backwards)).status, 400);

    const asked = await api.ask('POST', '/replays', { from: 0, user: 'user-3', rate: 10_000 });
    assert.equal(asked.status, 202);
    const { id, state, offsets, read, copied } = asked.json;
    assert.deepEqual(
      { state, offsets, read, copied },
      { state: 'running', offsets: 300, read: 0, copied: 0 },
    );
    const done = await untilEnded(api, id);
    assert.deepEqual(
      { ...done, started_at: '', ended_at: '' },
      {
        ...{ id, state: 'done', from: '0', to: null, subscription: null, user: 'user-3' },
        ...{
          topic: null,
          partition: null,
          rate: 10_000,
          offsets: 300,
          read: 300,
          copied: 30,
          skipped: {},
        },
        ...{ started_at: '', ended_at: '' },
      },
    );
    assert.ok(Date.parse(done.ended_at) >= Date.parse(done.started_at));
    assert.equal((await copiedIds(system)).length, 30);

    const slow = (await api.ask('POST', '/replays', { from: 'earliest', rate: 20 })).json;
    await untilGrown(system, 10);
    const cancelled = await api.ask('DELETE', `/replays/${slow.id}`);
    assert.equal(cancelled.status, 200);
    assert.equal(cancelled.json.state, 'cancelled');
    assert.ok(cancelled.json.copied >= 4 && cancelled.json.copied < 290, cancelled.json.copied);
    // The log holds the copies that were written before the cancellation, and none since.
    assert.equal((await copiedIds(system)).length, 30 + cancelled.json.copied);
    assert.deepEqual((await api.ask('DELETE', `/replays/${slow.id}`)).json, cancelled.json);
    const listed = (await api.ask('GET', '/replays')).json.replays;
    assert.deepEqual(listed, [cancelled.json, done]);
    const resumed = await runTool(t, 'console/cli/replay.ts', ['--resume', id], {
      KAFKA_BROKERS: system.config.KAFKA_BROKERS.join(','),
      TOPIC_PREFIX: system.config.TOPIC_PREFIX,
      PARTITIONS: '3',
    });
    assert.match(resumed.output, /asked for by HTTP: the console goes on/);
  });

  test('what cannot be is refused, and names the field', async (t) => {
    const api = await startConsole(await aSystem(t));
    const refused: readonly [body: unknown, says: RegExp][] = [
      [{}, /^from: an ISO time with its zone.*, an offset or earliest/],
      [{ from: 'latest' }, /^from: an ISO time/],
      [{ from: 0, to: 'soon' }, /^to: an ISO time.* or an offset$/],
      [{ from: 5, to: 4 }, /^to: a time or an offset after `from`/],
      [{ from: '10m', to: '1h' }, /^to: a time or an offset after `from`/],
      [{ from: 0, rate: 0 }, /^rate: a number above 0/],
      [{ from: 0, partition: -1 }, /^partition: the number/],
      [{ from: 0, topic: 'attempts' }, /^topic: allowed: \S+\.deliveries or \S+-bulk$/],
      [{ from: 0, users: 'x' }, /^users: no field of this name/],
    ];
    for (const [body, says] of refused) {
      const { status, json } = await api.ask('POST', '/replays', body);
      assert.equal(status, 400, JSON.stringify(body));
      assert.match(json.detail, says);
    }
    assert.equal((await api.ask('GET', '/replays/nobody')).status, 404);
    assert.equal((await api.ask('DELETE', '/replays/nobody')).status, 404);
  });

  test('killed consoles leave it to others, a later one too: every one once', async (t) => {
    const system = await aSystem(t);
    await accept(system, 'd', 500);
    const first = await startConsole(system);
    const second = await startConsole(system);
    // Its share of three partitions; the readers of the same topic have all of them.
    for (const { role } of [first, second]) {
      await until(() => /replays":\[\d(,\d)?\]/.test(role.output()));
    }
    const asked = await first.ask('POST', '/replays', { from: 'earliest', rate: 100 });
    const { id } = asked.json;
    await untilGrown(system, 100);
    const begun = (role: TestConsole) => role.role.output().includes('replay.begun');
    const [owner, other] = begun(first) ? [first, second] : [second, first];
    assert.equal(begun(other), false, 'one console only runs it');
    await owner.role.end('SIGKILL');
    await until(() => begun(other), { timeoutMs: 40_000 });
    await untilGrown(system, 100);
    // An orderly end as well: the last one leaves, and one that starts again goes on.
    assert.equal(await other.role.end('SIGTERM'), 0);
    const before = (await copiedIds(system)).length;
    assert.ok(before >= 100 && before < 500, `${before} copies so far`);
    const third = await startConsole(system);
    const { state, copied } = await untilEnded(third, id);
    assert.deepEqual({ state, copied }, { state: 'done', copied: 500 });
    const ids = await copiedIds(system);
    assert.equal(new Set(ids).size, ids.length, 'none twice');
    assert.equal(ids.length, 500, 'none lost');
  });
});
