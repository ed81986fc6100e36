// `npm run reset`: the delivery group goes back in the log, and delivers from there on again.
import assert from 'node:assert/strict';
import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { test } from 'node:test';
import { aDeliverySystem, untilDrained } from '../support/delivery.ts';
import type { DeliverySystem } from '../support/delivery.ts';
import { until } from '../support/until.ts';

const RESET = join(import.meta.dirname, '../../console/cli/reset.ts');

function reset({ config }: DeliverySystem, ...args: string[]) {
  const env = {
    ...process.env,
    KAFKA_BROKERS: config.KAFKA_BROKERS.join(','),
    TOPIC_PREFIX: config.TOPIC_PREFIX,
  };
  return new Promise<{ code: number; out: string; err: string }>((resolve) => {
    execFile(process.execPath, [RESET, ...args], { env }, (error, out, err) => {
      resolve({ code: error ? Number(error.code) : 0, out, err });
    });
  });
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

  const refused = await reset(system, '--to', between);
  assert.equal(refused.code, 1);
  assert.match(refused.err, /has live members: hookline-consumer-\w+/);
  assert.equal(await consumer.end('SIGTERM'), 0);
  assert.equal(receiver.stats().received, 1_000);

  const dry = await reset(system, '--to', between, '--dry-run');
  assert.equal(dry.code, 0, dry.err);
  assert.match(dry.out, /nothing was changed/);
  const done = await reset(system, '--to', between);
  assert.equal(done.code, 0, done.err);
  consumer = system.start('consumer');
  await until(() => receiver.stats().received >= 1_300, { describe: () => receiver.stats() });
  await untilDrained(system);
  const { received, distinct } = receiver.stats();
  assert.deepEqual({ received, distinct }, { received: 1_300, distinct: 1_000 });
  const again = receiver.deliveries(300).map(({ headers }) => headers['webhook-id']);
  assert.deepEqual(new Set(again), new Set(second));

  await consumer.end('SIGTERM');
  assert.equal((await reset(system, '--to', 'earliest')).code, 0);
  consumer = system.start('consumer');
  await until(() => receiver.stats().received >= 2_300, { describe: () => receiver.stats() });
  await consumer.end('SIGTERM');
  const latest = await reset(system, '--to', 'latest');
  assert.match(latest.out, /\n0 offsets from there/);
  const far = await reset(system, '--to', '999999', '--dry-run');
  assert.match(far.out, /not in the log of partitions 0, 1/);
});

test('bad words are refused, and nothing is opened', async (t) => {
  const system = await aDeliverySystem(t);
  const { code, err } = await reset(system, '--to', 'yesterday');
  assert.equal(code, 1);
  assert.match(err, /--to "yesterday": allowed: .*earliest or latest/);
});
