// Goal: a dead letter is put back into delivery exactly once, whatever is filtered, however often
// the redrive runs, and wherever it is killed.
import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import type { TestContext } from 'node:test';
import type { LogRecord } from '../../../common/kafka/log-record.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { ALL_DEAD_LETTERS } from '../../../console/dead-letters/redrive-filter.ts';
import type { RedriveFilter } from '../../../console/dead-letters/redrive-filter.ts';
import { redrive } from '../../../console/dead-letters/redrive.ts';
import { untilGrown } from '../../support/accept.ts';
import { bury } from '../../support/bury.ts';
import type { Dead } from '../../support/bury.ts';
import { aDeliverySystem } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { runTool, startTool } from '../../support/run-tool.ts';
import { until } from '../../support/until.ts';
import { NO_USER_KEYS } from '../../../common/user-keys/body-keys.ts';

const TOOL = 'console/cli/redrive.ts';
const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');

/** Few topics and partitions, because making them takes most of the time. */
const aSystem = (t: TestContext) =>
  aDeliverySystem(t, { PARTITIONS: '3', RETRY_MAX_ATTEMPTS: '1' });

const many = (count: number): Dead[] =>
  Array.from({ length: count }, (_, n) => ({ id: `d-${n}`, user: `user-${n % 50}` }));

const put = (system: DeliverySystem, filter: Partial<RedriveFilter> = {}, isDryRun = false) =>
  redrive(
    { ...system, logger, bodyKeys: NO_USER_KEYS },
    { filter: { ...ALL_DEAD_LETTERS, ...filter }, rate: null, isDryRun },
  );

const idsIn = (records: readonly LogRecord[]) =>
  records.map(({ headers }) => String(headers['webhook-id'])).sort();

const redriven = async (system: DeliverySystem) =>
  idsIn(await system.records(system.names.bulkDeliveries));

const envOf = ({ config }: DeliverySystem) => ({
  KAFKA_BROKERS: config.KAFKA_BROKERS.join(','),
  TOPIC_PREFIX: config.TOPIC_PREFIX,
  PARTITIONS: String(config.PARTITIONS),
});

function assertOnceEach(ids: readonly string[], count: number): void {
  assert.equal(new Set(ids).size, ids.length, 'none twice');
  assert.equal(ids.length, count, 'none lost');
}

// Side by side, because each of them mostly waits.
describe('redrive', { concurrency: 3 }, () => {
  test('all dead letters go back as they first were; a second run finds none', async (t) => {
    const system = await aSystem(t);
    const { names } = system;
    await bury(system, [...many(300), { id: 'again', user: 'u', headers: { 'wh-redrives': '2' } }]);
    const { matched, redriven: count } = await put(system);
    assert.deepEqual({ matched, count }, { matched: 301, count: 301 });

    const dead = await system.records(names.deadLetters);
    const copies = await system.records(names.bulkDeliveries);
    assertOnceEach(idsIn(copies), 301);
    for (const copy of copies) {
      const id = copy.headers['webhook-id'];
      const origin = dead.find(({ headers }) => headers['webhook-id'] === id);
      assert.ok(origin);
      assert.equal(copy.key, origin.key);
      assert.equal(copy.partition, origin.partition);
      assert.deepEqual(copy.value, origin.value);
      const redrives = id === 'again' ? '3' : '1';
      assert.deepEqual(copy.headers, {
        'webhook-id': id,
        traceparent: '00-1',
        'wh-redrives': redrives,
      });
    }
    // Within a partition in the order in which they died.
    for (const [partition, ofPartition] of Map.groupBy(copies, (copy) => copy.partition)) {
      const died = dead.filter((one) => one.partition === partition);
      assert.deepEqual(
        ofPartition.map(({ headers }) => headers['webhook-id']),
        died.map(({ headers }) => headers['webhook-id']),
      );
    }

    assert.equal((await put(system)).matched, 0);
    assert.equal((await redriven(system)).length, 301);
  });

  test('one that dies again is put back again', async (t) => {
    const system = await aSystem(t);
    await bury(system, [{ id: 'a', user: 'u' }]);
    await put(system);
    await bury(system, [{ id: 'a', user: 'u', headers: { 'wh-redrives': '1' } }]);
    assert.equal((await put(system)).redriven, 1);
    const copies = await system.records(system.names.bulkDeliveries);
    assert.deepEqual(
      copies.map(({ headers }) => headers['wh-redrives']),
      ['1', '2'],
    );
  });

  test('by filter, then the rest: every one once', async (t) => {
    const system = await aSystem(t);
    await bury(system, many(200));
    const late = Date.now() + 1;
    await until(() => Date.now() > late);
    await bury(system, [
      { id: 'teapot', user: 'user-1', headers: { 'wh-last-status': '418' } },
      { id: 'mine', user: 'user-2', headers: { 'wh-subscription': 'sub-1' } },
      { id: 'silent', user: 'user-3', headers: { 'wh-last-status': '' } },
    ]);
    const runs: readonly [Partial<RedriveFilter>, expected: number][] = [
      [{ status: 418 }, 1],
      [{ subscription: 'sub-1' }, 1],
      [{ user: 'user-3' }, 5],
      [{ ids: new Set(['d-17', 'd-18', 'nobody']) }, 2],
      [{ user: 'user-3' }, 0],
      [{ sinceMs: late }, 0],
      [{}, 203 - 9],
    ];
    for (const [filter, expected] of runs) {
      assert.equal((await put(system, filter)).redriven, expected, JSON.stringify(filter));
    }
    assertOnceEach(await redriven(system), 203);
  });

  test('what can never be delivered stays, with the reason, and a dry run changes nothing', async (t) => {
    const system = await aSystem(t);
    const rejected = { 'webhook-id': '', 'wh-attempt': '0', 'wh-last-status': '' };
    await bury(system, [
      ...many(20),
      { id: 'x', user: 'user-1', headers: rejected },
      { id: 'empty', user: 'user-1', value: null },
    ]);
    const expected = {
      'header webhook-id must be 1 to 200 visible ASCII characters': 1,
      'the record has no value, so there is no body': 1,
    };
    const dry = await put(system, {}, true);
    assert.equal(dry.matched, 20);
    assert.equal(dry.redriven, 0);
    assert.deepEqual(dry.skipped, expected);
    assert.deepEqual(dry.failures, [{ subscription: null, status: '500', count: 20 }]);
    assert.deepEqual(await redriven(system), []);
    assert.deepEqual(await system.records(system.names.redriveProgress), []);

    const real = await put(system);
    assert.equal(real.redriven, 20);
    assert.deepEqual(real.skipped, expected);
    assert.deepEqual((await put(system)).skipped, expected);
  });

  test('killed in the middle, the next run puts back the rest: every one once', async (t) => {
    const system = await aSystem(t);
    const count = 2_000;
    await bury(system, many(count));
    for (let kill = 1; kill <= 3; kill += 1) {
      const tool = startTool(t, TOOL, ['--all', '--rate', '1000'], envOf(system));
      await untilGrown(system, 300);
      tool.kill('SIGKILL');
      assert.equal(await tool.ended, null);
    }
    const { code, output } = await runTool(t, TOOL, ['--all'], envOf(system));
    assert.equal(code, 0, output);
    const [, last] = /^([\d,]+) dead letters? put back into delivery\.$/m.exec(output) ?? [];
    assert.ok(Number(last?.replace(',', '')) > 0, 'killed in the middle');
    t.diagnostic(`after three kills: ${output.trim()}`);
    assertOnceEach(await redriven(system), count);
  });

  test('of two at once the later one goes on, and the other says so', async (t) => {
    const system = await aSystem(t);
    await bury(system, many(1_000));
    const first = startTool(t, TOOL, ['--all', '--rate', '50'], envOf(system));
    await untilGrown(system, 1);
    const second = await runTool(t, TOOL, ['--all'], envOf(system));
    assert.equal(second.code, 0, second.output);
    assert.equal(await first.ended, 1);
    assert.match(first.output(), /^Another redrive has taken over \(\d+ put back until then/m);
    assertOnceEach(await redriven(system), 1_000);
  });

  test('the rate is kept, and SIGTERM stops between two transactions', async (t) => {
    const system = await aSystem(t);
    await bury(
      system,
      Array.from({ length: 500 }, (_, n) => ({ id: `d-${n}`, user: 'one' })),
    );
    const tool = startTool(t, TOOL, ['--all', '--rate', '100'], envOf(system));
    await untilGrown(system, 150);
    tool.kill('SIGTERM');
    assert.equal(await tool.ended, 130);
    const [, stopped] = /^Stopped: (\d+) dead letters put back/m.exec(tool.output()) ?? [];
    const copies = await system.records(system.names.bulkDeliveries);
    assert.equal(copies.length, Number(stopped));
    const times = copies.map(({ timestampMs }) => timestampMs);
    const seconds = (Math.max(...times) - Math.min(...times)) / 1_000;
    t.diagnostic(`${copies.length} in ${seconds} s`);
    // A step is what goes in 200 ms: 20 records.
    assert.ok(copies.length <= 110 * seconds + 20, `${copies.length} in ${seconds} s`);
  });

  test('bad options are refused before anything is opened', async (t) => {
    const nowhere = { KAFKA_BROKERS: '127.0.0.1:1', TOPIC_PREFIX: 'none' };
    const { code, output } = await runTool(t, TOOL, ['--since', 'soon', '--rate', '0'], nowhere);
    assert.equal(code, 1);
    assert.match(output, /^--since "soon": allowed: an ISO time.*\n--rate "0": allowed: a number/);
  });

  test('without a broker, and with another prefix, it says what to set', async (t) => {
    const nowhere = await runTool(t, TOOL, ['--all'], { KAFKA_BROKERS: '127.0.0.1:1' });
    assert.equal(nowhere.code, 1);
    assert.match(
      nowhere.output,
      /^Kafka does not answer at 127\.0\.0\.1:1 .*set KAFKA_BROKERS\.\n$/,
    );
    const system = await aSystem(t);
    const other = await runTool(t, TOOL, ['--all'], { ...envOf(system), TOPIC_PREFIX: 'nobody' });
    assert.equal(other.code, 1);
    assert.match(other.output, /^There is no topic nobody\.deliveries-dlt at .*TOPIC_PREFIX/);
  });
});
