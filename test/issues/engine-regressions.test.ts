// Sequences of events that once lost, repeated or stalled deliveries.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AT_RISK_FACTOR } from '../../consumer/delivery-loop.ts';
import { canEmbedHere } from '../../infra/kafka/find.ts';
import { crashes, evictions } from '../support/chaos/world.ts';
import { aDeliverySystem, untilDrained } from '../support/delivery.ts';
import { ownBroker } from '../support/own-broker.ts';
import { until } from '../support/until.ts';

/** The successor was there all the time, and who came back stayed the member that it became. */
const NOTHING_REPEATED = { evicted: 0, crashed: [], duplicates: 0 };

const assignments = (output: string) => output.split('group.assigned').length - 1;

test('a consumer that was frozen and replaced does not wind back what its successor did', async (t) => {
  const system = await aDeliverySystem(t, { CONCURRENCY: '8' });
  const { receiver } = system;
  const frozen = system.start('consumer');
  await system.produce(200, 100);
  await untilDrained(system);
  const successor = system.start('consumer');
  await until(() => assignments(successor.output()) >= 1);
  await system.produce(200, 100);
  await untilDrained(system);

  process.kill(frozen.pid, 'SIGSTOP');
  const before = assignments(successor.output());
  await until(() => assignments(successor.output()) > before);
  await system.produce(2_000, 100);
  await untilDrained(system);
  const returns = assignments(frozen.output());
  process.kill(frozen.pid, 'SIGCONT');
  await until(() => assignments(frozen.output()) > returns);
  await system.produce(200, 100);
  await until(() => receiver.stats().distinct === 2_600, { describe: () => receiver.stats() });
  await untilDrained(system);

  const lapses = { evicted: evictions(successor.output()), crashed: crashes(frozen.output()) };
  assert.deepEqual({ ...lapses, duplicates: receiver.stats().duplicates }, NOTHING_REPEATED);
  assert.equal(await frozen.end('SIGTERM'), 0);
  assert.equal(await successor.end('SIGTERM'), 0);
  assert.equal(await system.lag(), 0, 'nothing was wound back at the end either');
});

test('two rebalances within the time of one request repeat nothing and stall nothing', async (t) => {
  const system = await aDeliverySystem(
    t,
    { CONCURRENCY: '24' },
    { mode: { mode: 'slow', delayMs: 4_000 } },
  );
  const { receiver } = system;
  await system.produce(240, 100);
  system.start('consumer');
  await until(() => receiver.stats().accepted >= 24);
  const second = system.start('consumer');
  await until(() => assignments(second.output()) >= 1);
  const third = system.start('consumer');
  await until(() => assignments(third.output()) >= 1);
  await until(() => receiver.stats().accepted >= 72, { describe: () => receiver.stats() });
  receiver.setMode('ok');
  const startedAtMs = Date.now();
  await untilDrained(system);

  assert.equal(receiver.stats().duplicates, 0);
  assert.ok(Date.now() - startedAtMs < 12_000, 'no partition waited for a hand-over');
  assert.doesNotMatch(second.output() + third.output(), /taken-unreleased/);
});

const here = { skip: (await canEmbedHere(process.env)) ? false : 'needs Java and Maven' };

test(
  'after a broker was away for long, what was read before is delivered and committed',
  here,
  async (t) => {
    const broker = await ownBroker(t);
    const env = { KAFKA_BROKERS: broker.address, CONCURRENCY: '8' };
    const system = await aDeliverySystem(t, env, { mode: { mode: 'slow', delayMs: 100 } });
    const { receiver } = system;
    await system.produce(1_000, 300);
    const consumer = system.start('consumer');
    await until(() => receiver.stats().accepted >= 100);
    await broker.end('kill');
    await until(() => consumer.output().includes('topics.not-seen'), { timeoutMs: 60_000 });
    receiver.setMode('ok');
    await broker.start();
    await untilDrained(system);

    const { distinct, duplicates } = receiver.stats();
    assert.deepEqual({ distinct, duplicates }, { distinct: 1_000, duplicates: 0 });
    assert.doesNotMatch(consumer.output(), /Restarting the consumer/, 'it stays the member it is');
    assert.equal(await consumer.end('SIGTERM'), 0);
  },
);

test(
  'a consumer that is stopped while the broker is away says what it leaves, and nothing is lost',
  here,
  async (t) => {
    const broker = await ownBroker(t);
    const env = { KAFKA_BROKERS: broker.address, CONCURRENCY: '8', DELIVERY_TIMEOUT_MS: '1000' };
    const system = await aDeliverySystem(t, env, { mode: { mode: 'slow', delayMs: 50 } });
    const { receiver } = system;
    await system.produce(400, 100);
    const stopped = system.start('consumer');
    await until(() => receiver.stats().accepted >= 50);
    await broker.end('kill');
    assert.equal(await stopped.end('SIGTERM'), 0);
    const [, unfinished] = /"unfinished":(\d+).*"drain.incomplete"/.exec(stopped.output()) ?? [];
    assert.ok(Number(unfinished) > 0, stopped.output());

    await broker.start();
    system.start('consumer');
    await untilDrained(system);
    const { distinct, duplicates } = receiver.stats();
    assert.equal(distinct, 400);
    assert.ok(duplicates <= AT_RISK_FACTOR * 8, `${duplicates} repeats`);
  },
);
