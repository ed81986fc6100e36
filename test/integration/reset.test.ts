// `npm run reset`: the delivery group goes back in the log, and delivers from there on again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { aDeliverySystem, untilDrained } from '../support/delivery.ts';
import type { DeliverySystem } from '../support/delivery.ts';
import { runTool } from '../support/run-tool.ts';
import { until } from '../support/until.ts';

function reset(t: TestContext, { config }: DeliverySystem, ...args: string[]) {
  const { KAFKA_BROKERS, TOPIC_PREFIX } = config;
  const env = { KAFKA_BROKERS: KAFKA_BROKERS.join(','), TOPIC_PREFIX };
  return runTool(t, 'console/cli/reset.ts', args, env);
}

test('a reset to a time delivers exactly the records from then on, with the same ids', async (t) => {
  const system = await aDeliverySystem(t, {}, { keep: 10_000 });
  const { receiver } = system;
  await system.produce(700, 50);
  let consumer = system.start('consumer');
  await untilDrained(system);
  const between = new Date(Date.now() + 1).toISOString();
  await until(() => Date.now() > Date.parse(between));
  await system.produce(300, 50);
  await untilDrained(system);
  const second = receiver.deliveries(300).map(({ headers }) => headers['webhook-id']);

  const refused = await reset(t, system, '--to', between);
  assert.equal(refused.code, 1);
  assert.match(refused.output, /has live members: hookline-consumer-\w+/);
  assert.equal(await consumer.end('SIGTERM'), 0);
  assert.equal(receiver.stats().received, 1_000);

  const dry = await reset(t, system, '--to', between, '--dry-run');
  assert.equal(dry.code, 0, dry.output);
  assert.match(dry.output, /nothing was changed/);
  const done = await reset(t, system, '--to', between);
  assert.equal(done.code, 0, done.output);
  consumer = system.start('consumer');
  await until(() => receiver.stats().received >= 1_300, { describe: () => receiver.stats() });
  await untilDrained(system);
  const { received, distinct } = receiver.stats();
  assert.deepEqual({ received, distinct }, { received: 1_300, distinct: 1_000 });
  const again = receiver.deliveries(300).map(({ headers }) => headers['webhook-id']);
  assert.deepEqual(new Set(again), new Set(second));

  await consumer.end('SIGTERM');
  assert.equal((await reset(t, system, '--to', 'earliest')).code, 0);
  consumer = system.start('consumer');
  await until(() => receiver.stats().received >= 2_300, { describe: () => receiver.stats() });
  await consumer.end('SIGTERM');
  const latest = await reset(t, system, '--to', 'latest');
  assert.match(latest.output, /\n0 offsets from there/);
  const far = await reset(t, system, '--to', '999999', '--dry-run');
  assert.match(far.output, /not in the log of partitions 0, 1/);
});

test('bad words are refused, and nothing is opened', async (t) => {
  const system = await aDeliverySystem(t);
  const { code, output } = await reset(t, system, '--to', 'yesterday');
  assert.equal(code, 1);
  assert.match(output, /--to "yesterday": allowed: .*earliest or latest/);
});
