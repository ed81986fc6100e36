// One consumer process between a real broker and a real receiver: what is delivered, how often,
// and what a stop or a crash in the middle changes.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT_RISK_FACTOR } from '../../../consumer/delivery-loop.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import { until } from '../../support/until.ts';

test('every record is delivered once, and the lag becomes zero', async (t) => {
  const system = await aDeliverySystem(t);
  await system.produce(15_000, 1_000);
  system.start('consumer');
  await untilDrained(system);
  const { distinct, duplicates, refused } = system.receiver.stats();
  assert.deepEqual(
    { distinct, duplicates, refused },
    { distinct: 15_000, duplicates: 0, refused: {} },
  );
});

test('SIGTERM in the middle ends what is in flight; the next start repeats nothing', async (t) => {
  const system = await aDeliverySystem(t, {}, { mode: { mode: 'slow', delayMs: 30 } });
  await system.produce(6_000, 300);
  const { receiver } = system;
  for (const stopAt of [500, 1_500]) {
    const consumer = system.start('consumer');
    await until(() => receiver.stats().accepted >= stopAt);
    assert.equal(await consumer.end('SIGTERM'), 0);
    assert.ok(receiver.stats().accepted < 6_000, 'stopped in the middle');
  }
  receiver.setMode('ok');
  system.start('consumer');
  await untilDrained(system);
  const { distinct, duplicates, received } = receiver.stats();
  assert.deepEqual(
    { distinct, duplicates, received },
    { distinct: 6_000, duplicates: 0, received: 6_000 },
  );
});

test('kill -9 in the middle loses nothing and repeats at most what was at risk', async (t) => {
  const concurrency = 32;
  const system = await aDeliverySystem(t, { CONCURRENCY: String(concurrency) });
  const { receiver } = system;
  await system.produce(25_000, 1_000);
  const kills = 3;
  for (let kill = 1; kill <= kills; kill += 1) {
    const consumer = system.start('consumer');
    const before = receiver.stats().accepted;
    await until(() => receiver.stats().accepted >= before + 4_000, { everyMs: 1 });
    await consumer.end('SIGKILL');
  }
  assert.ok(receiver.stats().accepted < 25_000, 'killed in the middle');
  system.start('consumer');
  await untilDrained(system, 120_000);
  const { distinct, duplicates } = receiver.stats();
  // docs/architecture.md: what is not in the log of attempts is at most sixteen times CONCURRENCY.
  const atRisk = kills * concurrency * AT_RISK_FACTOR;
  t.diagnostic(`lost ${25_000 - distinct}, repeated ${duplicates}, at risk at most ${atRisk}`);
  assert.equal(distinct, 25_000);
  assert.ok(duplicates <= atRisk, `${duplicates} repeated`);
});

test('a receiver that is down for a while loses nothing', async (t) => {
  const system = await aDeliverySystem(t, { RETRY_SCHEDULE: '200ms,400ms,1s,1s,1s,1s,1s,1s' });
  const { port } = system.receiver;
  await system.produce(500, 50);
  await system.receiver.close();
  system.start('consumer');
  await until(async () => (await system.records(system.names.retry(400))).length > 0);
  const { createReceiver } = await import('../../../receiver/receiver.ts');
  const back = await createReceiver({ port });
  t.after(() => back.close());
  await until(() => back.stats().distinct === 500, { describe: () => back.stats() });
  await untilDrained(system);
  assert.equal(back.stats().duplicates, 0);
  assert.equal((await system.records(system.names.deadLetters)).length, 0);
});

test('in key order a user gets deliveries in order, whatever fails in between', async (t) => {
  const system = await aDeliverySystem(
    t,
    { ORDERING: 'key', RETRY_SCHEDULE: '20ms,20ms,20ms,20ms,20ms,20ms,20ms,20ms,20ms,20ms' },
    { mode: { mode: 'flaky', failRate: 0.2 } },
  );
  await system.produce(4_000, 100);
  system.start('consumer');
  await untilDrained(system);
  const { distinct, duplicates, orderViolations, refused } = system.receiver.stats();
  t.diagnostic(`refused ${JSON.stringify(refused)}`);
  assert.deepEqual(
    { distinct, duplicates, orderViolations },
    { distinct: 4_000, duplicates: 0, orderViolations: 0 },
  );
  assert.ok(
    Object.values(refused).some((count) => count > 500),
    'there were failures',
  );
});
