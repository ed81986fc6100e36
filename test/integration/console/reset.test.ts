// `npm run reset`: the delivery group goes back in the log, and delivers from there on again.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { ResetPlan } from '../../../console/reset/schemas.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { urlOf } from '../../support/role-url.ts';
import { runKafkaTool } from '../../support/kafka-tools.ts';
import { runTool } from '../../support/run-tool.ts';
import { aManyPathReceiver, subscribed } from '../../support/subscribed.ts';
import { until } from '../../support/until.ts';

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

test('one endpoint goes on from elsewhere, the others where they are; Kafka’s own reset does the same', async (t) => {
  const system = await aDeliverySystem(t, { PARTITIONS: '2', ALLOW_TARGETS: '127.0.0.0/8' });
  const accepted: string[] = [];
  const url = await aManyPathReceiver(t, ({ id }, response) => {
    accepted.push(id);
    response.end();
  });
  const { save, send } = subscribed(t, system);
  for (const id of ['sub_a', 'sub_b']) await save({ id, targetUrl: `${url}/${id}` });
  const ids = (name: string) => Array.from({ length: 40 }, (_, n) => `${name}-${n}`);
  for (const one of ['a', 'b']) {
    await Promise.all(ids(one).map((id, n) => send(`sub_${one}`, id, `user-${n}`)));
  }
  let consumer = system.start('consumer');
  await until(() => accepted.length === 80, {
    describe: () => [accepted.length, consumer.output()],
  });
  await untilDrained(system);
  const words = ['--to', 'earliest', '--subscription', 'sub_a'];
  assert.match((await reset(t, system, ...words)).output, /has live members/);
  await consumer.end('SIGTERM');
  assert.match(
    (await reset(t, system, '--to', '0', '--subscription', 'sub_x')).output,
    /no subscription sub_x;/,
  );
  const dry = await reset(t, system, ...words, '--dry-run');
  assert.match(dry.output, /Only what is for sub_a .*\nA dry run: nothing was changed/);
  assert.deepEqual(await system.cursors(), []);

  accepted.length = 0;
  assert.equal((await reset(t, system, ...words)).code, 0);
  consumer = system.start('consumer');
  await untilDrained(system);
  assert.deepEqual(accepted.toSorted(), ids('a').toSorted());

  await consumer.end('SIGTERM');
  accepted.length = 0;
  const { config, names } = system;
  const group = ['--group', names.cursorGroup('sub_b'), '--topic', names.deliveries];
  const how = ['--reset-offsets', '--to-earliest', '--execute'];
  await runKafkaTool(config.KAFKA_BROKERS, 'kafka-consumer-groups', ...group, ...how);
  assert.ok((await system.cursors()).length > 0);
  consumer = system.start('consumer');
  await untilDrained(system);
  assert.deepEqual(accepted.toSorted(), ids('b').toSorted());

  await consumer.end('SIGTERM');
  await save({ id: 'sub_a', targetUrl: `${url}/sub_a`, state: 'disabled' });
  await Promise.all(ids('new').map((id, n) => send('sub_a', id, `user-${n}`)));
  consumer = system.start('consumer');
  await until(async () => (await system.cursors()).length === 2);
  await consumer.end('SIGTERM');
  assert.equal((await reset(t, system, '--to', 'latest')).code, 0);
  assert.deepEqual(await system.cursors(), [], 'all of them go on with the group');
});

test('the API shows the plan of a reset, refuses it while consumers run, and then makes it', async (t) => {
  const system = await aDeliverySystem(t, { PARTITIONS: '1', ALLOW_TARGETS: '127.0.0.0/8' });
  const { names, receiver } = system;
  const { save, send } = subscribed(t, system);
  const targetUrl = receiver.url;
  await save({ id: 'sub_a', targetUrl });
  const begins = { [names.deliveries]: { topicId: '', offsets: [6] } };
  await save({ id: 'sub_late', targetUrl, begins });
  for (let n = 0; n < 10; n += 1) await send('sub_a', `id-${n}`, 'user');
  const at = await urlOf(system.start('console', { CONSOLE_PORT: '0' }));
  const ask = async (body: object) => {
    const answer = await fetch(`${at}/offsets/reset`, {
      method: 'POST',
      body: JSON.stringify({ topic: names.deliveries, ...body }),
    });
    return (await answer.json()) as Partial<ResetPlan> & { detail?: string; status?: number };
  };
  const consumer = system.start('consumer');
  await untilDrained(system);

  const running = await ask({ to: 'earliest', dry_run: true });
  assert.match(running.members?.join() ?? '', /hookline-consumer/);
  const refused = await ask({ to: 'earliest' });
  assert.equal(refused.status, 409);
  assert.match(refused.detail ?? '', /has live members: hookline-consumer/);
  await consumer.end('SIGTERM');

  const late = await ask({ to: '2', subscription: 'sub_late', dry_run: true });
  const [atBegin] = late.topics?.[0]?.partitions ?? [];
  assert.deepEqual([atBegin?.to, atBegin?.moved], [6, 'to_begin']);
  const words = ['--to', '2', '--subscription', 'sub_late', '--dry-run'];
  const { output } = await reset(t, system, ...words);
  assert.match(output, /The endpoint begins later in partitions 0: its begin was taken/);

  const done = await ask({ to: '4' });
  assert.deepEqual([done.done, done.begin_later], [true, ['sub_late']]);
  assert.deepEqual(done.topics?.[0]?.partitions[0]?.to, 4);
  const before = receiver.stats().received;
  system.start('consumer');
  await until(() => receiver.stats().received >= before + 6);
  await untilDrained(system);
  assert.equal(receiver.stats().received, before + 6);
});

test('bad words are refused, and nothing is opened', async (t) => {
  const system = await aDeliverySystem(t);
  const { code, output } = await reset(t, system, '--to', 'yesterday');
  assert.equal(code, 1);
  assert.match(output, /--to "yesterday": allowed: .*earliest or latest/);
});
