// What Kafka's own tools do to the log and the offsets of a running system.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startConsole } from '../support/console.ts';
import { aDeliverySystem, untilDrained } from '../support/delivery.ts';
import type { DeliverySystem, RunningRole } from '../support/delivery.ts';
import { runKafkaTool } from '../support/kafka-tools.ts';
import { runTool } from '../support/run-tool.ts';
import { until } from '../support/until.ts';

const ENV = { PARTITIONS: '12', RETRY_SCHEDULE: '200ms' };

function reset(t: TestContext, { config }: DeliverySystem, ...args: string[]) {
  const { KAFKA_BROKERS, TOPIC_PREFIX } = config;
  const env = { KAFKA_BROKERS: KAFKA_BROKERS.join(','), TOPIC_PREFIX };
  return runTool(t, 'console/cli/reset.ts', args, env);
}

test('offsets that are gone hold the group until a reset says from where; a cut is counted', async (t) => {
  const system = await aDeliverySystem(t, ENV);
  const { config, names, receiver } = system;
  const { ask } = await startConsole(system);
  // One user has one partition: one of two consumers has none that holds a record.
  await system.produce(300, 1);
  let consumer = system.start('consumer');
  await untilDrained(system);
  assert.equal(await consumer.end('SIGTERM'), 0);
  const group = ['--delete', '--group', names.deliveryGroup];
  await runKafkaTool(config.KAFKA_BROKERS, 'kafka-consumer-groups', ...group);

  consumer = system.start('consumer');
  const ready = () => ask('GET', '/health/ready');
  const isHeld = async () => JSON.stringify((await ready()).json).includes('offsets-gone');
  await until(isHeld, { everyMs: 200, describe: consumer.output });
  assert.equal((await ready()).status, 503);
  assert.match((await ready()).json.detail, /npm run reset -- --to/);
  assert.match(consumer.output(), /group\.held/);
  const second = system.start('consumer');
  const isHeldTimes = (role: RunningRole, times: number) => () =>
    role.output().split('group.held').length > times;
  await until(isHeldTimes(second, 1), { everyMs: 200, describe: second.output });
  assert.equal(await second.end('SIGTERM'), 0);
  await until(isHeldTimes(consumer, 3), { everyMs: 200, describe: consumer.output });
  assert.equal(receiver.stats().received, 300, 'nothing is sent again');
  assert.equal(await consumer.end('SIGTERM'), 0);

  const refused = await reset(t, system, '--to', '5');
  assert.match(refused.output, /a time, earliest or latest/);
  const done = await reset(t, system, '--to', 'latest');
  assert.equal(done.code, 0, done.output);
  assert.match(done.output, new RegExp(`on ${names.retry(200)}`));

  // Written while nobody consumes, and then deleted: 100 records and the transaction's markers.
  await system.produce(100, 30);
  const partitions = Array.from({ length: 12 }, (_, partition) => {
    return { topic: names.bulkDeliveries, partition, offset: -1 };
  });
  const file = join(config.DATA_DIR, 'cut.json');
  writeFileSync(file, JSON.stringify({ partitions, version: 1 }));
  const cut = ['--offset-json-file', file];
  await runKafkaTool(config.KAFKA_BROKERS, 'kafka-delete-records', ...cut);
  await system.produce(50, 30);
  consumer = system.start('consumer');
  await untilDrained(system);
  assert.equal(receiver.stats().received, 350);
  const consumers = async () => JSON.stringify((await ask('GET', '/status')).json.consumers);
  await until(async () => /"records-lost"/.test(await consumers()), { everyMs: 200 });
  const lost = Number(/(\d+) records of /.exec(await consumers())?.[1]);
  assert.ok(lost >= 100 && lost <= 112, `${lost}: the records, and at most a marker a partition`);
  assert.equal((await ready()).status, 200);
});

test('a topic that is deleted and made again is delivered from its start, and said', async (t) => {
  const system = await aDeliverySystem(t, ENV);
  const { config, names, receiver } = system;
  const { ask } = await startConsole(system);
  await system.produce(600, 30);
  let consumer = system.start('consumer');
  await untilDrained(system);
  const tool = (...args: string[]) =>
    runKafkaTool(config.KAFKA_BROKERS, 'kafka-topics', ...args, '--topic', names.bulkDeliveries);
  await tool('--delete');
  await tool('--create', '--partitions', '12');
  // More than the old one held, so that its positions lie within the new one.
  await system.produce(900, 30);
  const all = () => receiver.stats().distinct === 1_500;
  let restarts = 0;
  await until(
    async () => {
      const code = await Promise.race([consumer.exited, Promise.resolve('runs')]);
      if (code !== 'runs') {
        restarts += 1;
        consumer = system.start('consumer');
      }
      return all();
    },
    { timeoutMs: 60_000, everyMs: 200, describe: () => [receiver.stats(), consumer.output()] },
  );
  await untilDrained(system);
  const consumers = async () => JSON.stringify((await ask('GET', '/status')).json.consumers);
  await until(async () => /"topic-made-again"/.test(await consumers()), {
    everyMs: 200,
    describe: () => [restarts, consumer.output()],
  });
  assert.equal((await ask('GET', '/health/ready')).status, 200);

  const before = receiver.stats().received;
  assert.equal(await consumer.end('SIGTERM'), 0);
  system.start('consumer');
  await system.produce(10, 10);
  await until(() => receiver.stats().received === before + 10);
});
