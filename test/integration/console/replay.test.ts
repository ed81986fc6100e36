// Goal: a replay delivers exactly the deliveries of its window once more, wherever it is killed,
// while live traffic goes on as if there were none.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { TestContext } from 'node:test';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { fetchCommitted } from '../../../common/kafka/admin/offsets.ts';
import { withAdmin } from '../../../common/kafka/admin/topic-admin.ts';
import { accept, untilGrown } from '../../support/accept.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { runTool, startTool } from '../../support/run-tool.ts';
import { until } from '../../support/until.ts';

const TOOL = 'console/cli/replay.ts';
const PARTITIONS = 3;

/** Few topics and partitions, because making them takes most of the time. */
const aSystem = (t: TestContext) =>
  aDeliverySystem(t, { PARTITIONS: String(PARTITIONS), RETRY_MAX_ATTEMPTS: '1' }, { keep: 10_000 });

const replay = (t: TestContext, system: DeliverySystem, ...args: string[]) =>
  runTool(t, TOOL, args, envOf(system));

const envOf = ({ config }: DeliverySystem) => ({
  KAFKA_BROKERS: config.KAFKA_BROKERS.join(','),
  TOPIC_PREFIX: config.TOPIC_PREFIX,
  PARTITIONS: String(config.PARTITIONS),
});

const copiesIn = (records: readonly LogRecord[]) =>
  records.filter(({ headers }) => 'webhook-replay' in headers);
const idOf = ({ headers }: LogRecord) => String(headers['webhook-id']);

function assertOnceEach(copies: readonly LogRecord[], count: number): void {
  const ids = copies.map(idOf);
  assert.equal(new Set(ids).size, ids.length, 'none twice');
  assert.equal(ids.length, count, 'none lost');
}

async function anInstant(): Promise<string> {
  const atMs = Date.now() + 1;
  await until(() => Date.now() > atMs);
  return new Date(atMs).toISOString();
}

// Side by side, because each of them mostly waits.
describe('replay', { concurrency: 3 }, () => {
  test('while live traffic flows, a window by time arrives once more, all else once', async (t) => {
    const system = await aSystem(t);
    const { receiver } = system;
    system.start('consumer');
    await accept(system, 'early', 200);
    const from = await anInstant();
    await accept(system, 'asked', 300);
    const to = await anInstant();
    await accept(system, 'late', 100);
    await untilDrained(system);

    const running = startTool(
      t,
      TOOL,
      ['--from', from, '--to', to, '--rate', '200'],
      envOf(system),
    );
    for (let round = 0; round < 6; round += 1) {
      await accept(system, `live-${round}`, 50);
      await until(() => receiver.stats().received > 600 + 50 * round);
    }
    assert.equal(await running.ended, 0, running.output());
    const [, id] = /^Replay (\S+) begins/m.exec(running.output()) ?? [];
    assert.match(running.output(), new RegExp(`^300 deliveries put .* by replay ${id}\\.$`, 'm'));
    await until(() => receiver.stats().received === 1_200, { describe: () => receiver.stats() });
    await untilDrained(system);

    const { received, distinct } = receiver.stats();
    assert.deepEqual({ received, distinct }, { received: 1_200, distinct: 900 });
    const copies = receiver.deliveries(2_000).filter(({ headers }) => headers['webhook-replay']);
    assert.equal(copies.length, 300);
    for (const { headers, body } of copies) {
      assert.equal(headers['webhook-replay'], id);
      assert.match(String(headers['webhook-id']), /^asked-/);
      assert.equal(String(body), `{"of":"${headers['webhook-id']}"}`);
      assert.equal(headers['webhook-attempt'], '1');
    }
  });

  test('by offset, lane, partition and user; a dry run counts and changes nothing', async (t) => {
    const system = await aSystem(t);
    const { kafka, names } = system;
    await accept(system, 'd', 100);
    await system.produce(60, 10);
    const consumer = system.start('consumer');
    await untilDrained(system);
    await consumer.end('SIGTERM');
    const committed = async () => {
      const now = await withAdmin(kafka, (admin) =>
        fetchCommitted(admin, names.deliveryGroup, names.lanes),
      );
      const partitions = Array.from({ length: system.config.PARTITIONS }, (_, at) => at);
      return names.lanes.flatMap((lane) => partitions.map((at) => now.get(lane, at)));
    };
    const before = await committed();
    const rows = await system.records(names.bulkDeliveries);
    const accepted = [...(await system.records(names.deliveries)), ...rows];
    const inWindow = accepted.filter(({ offset }) => offset >= 5 && offset < 20);
    const questions: readonly [args: string, expected: readonly LogRecord[]][] = [
      ['--from 5 --to 20', inWindow],
      [`--from 0 --topic ${names.bulkDeliveries}`, rows],
      ['--from 5 --to 20 --partition 1', inWindow.filter(({ partition }) => partition === 1)],
      ['--from earliest --user user-7', accepted.filter(({ key }) => key === 'user-7')],
      ['--from 5 --to 20 --user user-7', inWindow.filter(({ key }) => key === 'user-7')],
    ];
    for (const [args, expected] of questions) {
      const { code, output } = await replay(t, system, ...args.split(' '), '--dry-run');
      assert.equal(code, 0, output);
      const words = expected.length === 1 ? 'delivery' : 'deliveries';
      assert.match(
        output,
        new RegExp(`^${expected.length} ${words} would be delivered again`, 'm'),
      );
    }
    assert.equal((await system.records(names.bulkDeliveries)).length, 60);
    assert.deepEqual(await system.records(system.names.replays), []);

    const { code, output } = await replay(
      t,
      system,
      ...'--from 5 --to 20 --user user-7'.split(' '),
    );
    assert.equal(code, 0, output);
    const copies = copiesIn(await system.records(system.names.bulkDeliveries));
    assert.deepEqual(await committed(), before, 'the group stands where it stood');
    const origins = questions.at(-1)?.[1] ?? [];
    assert.ok(origins.length > 0);
    assert.deepEqual(
      copies.map(({ key, partition, value, headers }) => ({ key, partition, value, headers })),
      origins.map(({ key, partition, value, headers }) => ({
        ...{ key, partition, value },
        headers: { ...headers, 'webhook-replay': copies[0]?.headers['webhook-replay'] },
      })),
    );
  });

  test('what was accepted behind an open transaction is in the window', async (t) => {
    const system = await aSystem(t);
    const { kafka, names } = system;
    const file = kafka.client.producer({ transactionalId: `${names.deliveries}-file` });
    t.after(() => file.disconnect());
    await file.connect();
    const rows = await file.transaction();
    const value = '{}';
    await rows.send({
      topic: names.deliveries,
      messages: [0, 1, 2].map((partition) => {
        return { partition, key: 'u', value, headers: { 'webhook-id': `row-${partition}` } };
      }),
    });
    await accept(system, 'd', 30);
    const tool = startTool(t, TOOL, ['--from', 'earliest', '--dry-run'], envOf(system));
    await Promise.race([tool.ended, sleep(2_000)]);
    await rows.commit();
    assert.equal(await tool.ended, 0);
    assert.match(tool.output(), /^33 deliveries would be/m);
  });

  test('copies of replays and redrives are not copied again: each original is, once', async (t) => {
    const system = await aSystem(t);
    await accept(system, 'd', 30);
    await accept(system, 'again', 5, { 'wh-redrives': '1' });
    for (const copies of [30, 60]) {
      const { code, output } = await replay(t, system, '--from', 'earliest');
      assert.equal(code, 0, output);
      assert.match(
        output,
        new RegExp(`\n30 deliveries put back .*\n${copies - 25} records passed`),
      );
      const written = copiesIn(await system.records(system.names.bulkDeliveries));
      assert.equal(written.length, copies);
      assert.equal(new Set(written.map(idOf)).size, 30);
    }
  });

  test('killed in the middle, the same words go on: every one once', async (t) => {
    const system = await aSystem(t);
    const count = 2_000;
    await accept(system, 'd', count);
    const words = ['--from', 'earliest', '--rate', '1000'];
    const outputs: string[] = [];
    for (let kill = 1; kill <= 3; kill += 1) {
      const tool = startTool(t, TOOL, words, envOf(system));
      await untilGrown(system, 300);
      tool.kill('SIGKILL');
      assert.equal(await tool.ended, null);
      outputs.push(tool.output());
    }
    const { code, output } = await replay(t, system, '--from', 'earliest');
    assert.equal(code, 0, output);
    t.diagnostic(`after three kills: ${output.trim()}`);
    const [, id] = /^Replay (\S+) begins/m.exec(outputs[0] ?? '') ?? [];
    const goneOn = new RegExp(
      `^Going on with replay ${id}, begun .*: (\\d+) put back so far\\.$`,
      'm',
    );
    const [, before] = goneOn.exec(output) ?? [];
    assert.ok(Number(before) >= 600 && Number(before) < count, `killed in the middle: ${output}`);
    assert.match(output, new RegExp(`\n2,000 deliveries put back into delivery by replay ${id}`));
    const copies = copiesIn(await system.records(system.names.bulkDeliveries));
    assertOnceEach(copies, count);
    assert.deepEqual(
      new Set(copies.map(({ headers }) => headers['webhook-replay'])),
      new Set([id]),
    );
  });

  test('of two at once the later one goes on, and the other says so', async (t) => {
    const system = await aSystem(t);
    await accept(system, 'd', 1_000);
    const first = startTool(t, TOOL, ['--from', '0', '--rate', '50'], envOf(system));
    await untilGrown(system, 1);
    const second = await replay(t, system, '--from', '0');
    assert.equal(second.code, 0, second.output);
    assert.equal(await first.ended, 1);
    assert.match(first.output(), /was cancelled or taken over elsewhere \(\d+ put back/);
    assertOnceEach(copiesIn(await system.records(system.names.bulkDeliveries)), 1_000);
  });

  test('the rate is kept; SIGTERM stops between transactions, and the id goes on', async (t) => {
    const system = await aSystem(t);
    await accept(system, 'd', 500);
    const tool = startTool(t, TOOL, ['--from', 'earliest', '--rate', '100'], envOf(system));
    await untilGrown(system, 150);
    tool.kill('SIGTERM');
    assert.equal(await tool.ended, 130);
    const [, stopped, id] =
      /\nStopped: (\d+) deliveries .* so far\..*--resume (\S+)`/.exec(tool.output()) ?? [];
    const copies = copiesIn(await system.records(system.names.bulkDeliveries));
    assert.equal(copies.length, Number(stopped));
    const times = copies.map(({ timestampMs }) => timestampMs);
    const seconds = (Math.max(...times) - Math.min(...times)) / 1_000;
    t.diagnostic(`${copies.length} in ${seconds} s`);
    // A step is what goes in 200 ms: 20 records.
    assert.ok(copies.length <= 110 * seconds + 20, `${copies.length} in ${seconds} s`);
    const resumed = await replay(t, system, '--resume', String(id), '--rate', '10000');
    assert.equal(resumed.code, 0, resumed.output);
    assertOnceEach(copiesIn(await system.records(system.names.bulkDeliveries)), 500);
    const unknown = await replay(t, system, '--resume', 'nobody');
    assert.equal(unknown.code, 1);
    assert.match(unknown.output, /^There is no replay nobody\n/);
  });

  test('it waits while the consumers are behind by half of MAX_LAG', async (t) => {
    const system = await aSystem(t);
    await accept(system, 'd', 400);
    const env = { ...envOf(system), MAX_LAG: '1000' };
    const tool = startTool(t, TOOL, ['--from', 'earliest', '--rate', '250'], env);
    await untilGrown(system, 50);
    let copied = -1;
    // It stands still: twice the same in a row, a second apart.
    await until(
      async () => {
        const before = copied;
        copied = copiesIn(await system.records(system.names.bulkDeliveries)).length;
        return copied === before;
      },
      { everyMs: 1_000 },
    );
    assert.ok(copied <= 100, `${copied} copies on top of 400 that wait`);
    system.start('consumer');
    assert.equal(await tool.ended, 0, tool.output());
    assertOnceEach(copiesIn(await system.records(system.names.bulkDeliveries)), 400);
  });

  test('bad options are refused before anything is opened', async (t) => {
    const nowhere = { KAFKA_BROKERS: '127.0.0.1:1', TOPIC_PREFIX: 'none' };
    const { code, output } = await runTool(t, TOOL, ['--from', 'soon', '--rate', '0'], nowhere);
    assert.equal(code, 1);
    assert.match(output, /^--from "soon": allowed: an ISO time.*\n--rate "0": allowed: a number/);
    const other = await runTool(t, TOOL, ['--from', '0', '--topic', 'none.attempts'], nowhere);
    assert.equal(other.code, 1);
    assert.match(other.output, /^--topic: allowed: none\.deliveries or none\.deliveries-bulk/);
  });
});
