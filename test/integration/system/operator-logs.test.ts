// Kafka's own tools change the log and the offsets of a running system.
import assert from 'node:assert/strict';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem, RunningRole } from '../../support/delivery.ts';
import { runKafkaTool } from '../../support/kafka-tools.ts';
import { runTool } from '../../support/run-tool.ts';
import { until } from '../../support/until.ts';

const ENV = { PARTITIONS: '12', RETRY_SCHEDULE: '200ms' };

function reset(t: TestContext, { config }: DeliverySystem, ...args: string[]) {
  const { KAFKA_BROKERS, TOPIC_PREFIX } = config;
  const env = { KAFKA_BROKERS: KAFKA_BROKERS.join(','), TOPIC_PREFIX };
  return runTool(t, 'console/cli/reset.ts', args, env);
}

test('offsets that are gone hold the group until a reset says from where; a cut is counted', async (t) => {
  const system = await aDeliverySystem(t, ENV, { mode: { mode: 'flaky', failRate: 0.3 } });
  const { config, names, receiver } = system;
  const { ask } = await startConsole(system);
  // One user has one partition: one of two consumers has none that holds a record.
  await system.produce(300, 1);
  let consumer = system.start('consumer');
  await untilDrained(system);
  assert.equal(await consumer.end('SIGTERM'), 0);
  receiver.setMode({ mode: 'ok' });
  const { received: before } = receiver.stats();
  const group = (...args: string[]) =>
    runKafkaTool(
      config.KAFKA_BROKERS,
      'kafka-consumer-groups',
      ...args,
      '--group',
      names.deliveryGroup,
    );
  const ready = () => ask('GET', '/health/ready');
  const untilHeld = async (...topics: string[]) => {
    consumer = system.start('consumer');
    const isHeld = async () => JSON.stringify((await ready()).json).includes('offsets-gone');
    await until(isHeld, { everyMs: 200, describe: consumer.output });
    const { status, json } = await ready();
    assert.equal(status, 503);
    const where = topics.map((topic) => `${topic}/\\d+`).join(', ');
    assert.match(json.detail, new RegExp(`offsets of ${where}, though .*npm run reset -- --to`));
  };

  await group('--delete-offsets', '--topic', names.bulkDeliveries);
  await untilHeld(names.bulkDeliveries);
  assert.equal(await consumer.end('SIGTERM'), 0);

  await group('--delete');
  await untilHeld(names.bulkDeliveries, names.retry(200));
  const second = system.start('consumer');
  const assigned = (role: RunningRole, times: number) => () =>
    role.output().split('group.assigned').length > times;
  await until(assigned(second, 1), { everyMs: 200, describe: second.output });
  assert.equal(await second.end('SIGTERM'), 0);
  await until(assigned(consumer, 3), { everyMs: 200, describe: consumer.output });
  assert.equal(receiver.stats().received, before, 'nothing is sent again');
  assert.equal(await consumer.end('SIGTERM'), 0);

  const refused = await reset(t, system, '--to', '5');
  assert.match(refused.output, /a time, earliest or latest/);
  // A member whose last join was cut short leaves when its session ends.
  let done = await reset(t, system, '--to', 'latest');
  const isDone = async () => (done = await reset(t, system, '--to', 'latest')).code === 0;
  if (done.code !== 0) await until(isDone, { describe: () => done.output });
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
  assert.equal(receiver.stats().received, before + 50);
  const consumers = async () => JSON.stringify((await ask('GET', '/status')).json.consumers);
  await until(async () => /"records-lost"/.test(await consumers()), { everyMs: 200 });
  const lost = Number(/(\d+) records of /.exec(await consumers())?.[1]);
  assert.ok(lost >= 100 && lost <= 112, `${lost}: the records, and at most a marker a partition`);
  assert.equal((await ready()).status, 200);

  assert.equal(await consumer.end('SIGTERM'), 0);
  const { output } = system.start('consumer');
  const isSaidAgain = async () => (await consumers()).includes(`up to ${lost} records of `);
  await until(isSaidAgain, { everyMs: 200, describe: output });
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
  const headline = async () => (await ask('GET', '/status')).json.summary.headline as string;
  const missing = new RegExp(`^A topic is missing \\(${names.bulkDeliveries}`);
  await until(async () => missing.test(await headline()), { describe: headline });
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
  consumer = system.start('consumer');
  await system.produce(10, 10);
  await until(() => receiver.stats().received === before + 10);

  // While nobody consumes, Kafka deletes the offsets with the topic.
  assert.equal(await consumer.end('SIGTERM'), 0);
  await tool('--delete');
  await tool('--create', '--partitions', '12');
  consumer = system.start('consumer');
  const isSaid = async () => (await consumers()).includes('topic-made-again');
  await until(isSaid, { everyMs: 200, describe: consumer.output });
  await system.produce(20, 10);
  await until(() => receiver.stats().received === before + 30, {
    describe: () => [before, receiver.stats(), consumer.output()],
  });
});
