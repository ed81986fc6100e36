// A receiver that always fails: every attempt is made, none more, and the dead letter says why.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { parseAttempts } from '../../../common/model/attempt.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { runTool } from '../../support/run-tool.ts';
import { until } from '../../support/until.ts';

test('always 500: exactly five attempts each, then the dead-letter topic', async (t) => {
  const rows = 300;
  const system = await aDeliverySystem(
    t,
    { RETRY_BASE_MS: '50', RETRY_MAX_ATTEMPTS: '5' },
    { mode: 'error', keep: 5 * rows },
  );
  const { receiver, names } = system;
  await system.produce(rows, 100);
  const [sample] = await system.records(names.bulkDeliveries);
  system.start('consumer');
  await untilDrained(system);

  const attempts = new Map<string, string[]>();
  const positions = new Map<string, Set<string>>();
  for (const { headers } of receiver.deliveries(10 * rows)) {
    const id = String(headers['webhook-id']);
    attempts.set(id, [...(attempts.get(id) ?? []), String(headers['webhook-attempt'])]);
    const position = String(headers['webhook-position']);
    positions.set(id, (positions.get(id) ?? new Set()).add(position));
    const offset = Number(position.split(':')[1]);
    assert.ok(Number(headers['webhook-settled']) <= offset, 'what comes is not settled');
  }
  assert.equal(attempts.size, rows);
  const all = [...positions.values()].map((own) => [...own]);
  assert.deepEqual(
    all.find((own) => own.length !== 1),
    undefined,
    'all attempts have one place',
  );
  assert.equal(new Set(all.flat()).size, rows, 'which no other delivery has');
  // The list is newest first.
  for (const numbers of attempts.values()) assert.deepEqual(numbers, ['5', '4', '3', '2', '1']);

  const dead = await system.records(names.deadLetters);
  assert.equal(dead.length, rows);
  const ours = dead.find(({ headers }) => headers['webhook-id'] === sample?.headers['webhook-id']);
  assert.ok(ours && sample);
  assert.equal(ours.key, sample.key);
  assert.deepEqual(ours.value, sample.value);
  assert.equal(ours.partition, sample.partition);
  const { 'wh-first-failed-at': firstFailedAt, ...headers } = ours.headers;
  assert.match(String(firstFailedAt), /^\d{13}$/);
  const message = String(headers['__dlq.errors.message']);
  assert.match(message, /^HTTP 500/);
  assert.deepEqual(headers, {
    ...sample.headers,
    '__dlq.errors.topic': names.bulkDeliveries,
    '__dlq.errors.partition': String(sample.partition),
    '__dlq.errors.offset': String(sample.offset),
    '__dlq.errors.group': names.deliveryGroup,
    '__dlq.errors.delivery.count': '5',
    '__dlq.errors.message': message,
    'wh-attempt': '5',
    'wh-last-status': '500',
  });

  // The receiver is well again: what was given up goes back, and arrives under the same ids.
  receiver.setMode('ok');
  receiver.reset();
  const { code, output } = await runRedrive(t, system);
  assert.equal(code, 0, output);
  assert.match(output, /300/);
  await until(() => receiver.stats().distinct === rows, { describe: () => receiver.stats() });
  await untilDrained(system);
  assert.equal(receiver.stats().received, rows);
  const redelivered = receiver.deliveries(rows).map(({ headers }) => String(headers['webhook-id']));
  assert.deepEqual(new Set(redelivered), new Set(attempts.keys()));
  const marks = receiver.deliveries(rows).map(({ headers }) => headers['webhook-redrive']);
  assert.deepEqual(new Set(marks), new Set(['1']));
  const again = await runRedrive(t, system);
  assert.equal(again.code, 0, again.output);
  await untilDrained(system);
  assert.equal(receiver.stats().received, rows, 'a second redrive finds nothing');
});

function runRedrive(t: TestContext, { config }: DeliverySystem) {
  const { KAFKA_BROKERS, TOPIC_PREFIX } = config;
  const env = { KAFKA_BROKERS: KAFKA_BROKERS.join(','), TOPIC_PREFIX };
  return runTool(t, 'console/cli/redrive.ts', ['--all'], env);
}

for (const [strategy, delays] of [
  ['exponential', [200, 400, 800]],
  ['linear', [200, 400, 600]],
] as const) {
  test(`${strategy}: no attempt comes before its delay`, async (t) => {
    const system = await aDeliverySystem(
      t,
      { RETRY_STRATEGY: strategy, RETRY_BASE_MS: '200', RETRY_MAX_ATTEMPTS: '4' },
      { mode: 'error', keep: 100 },
    );
    await system.produce(3, 3);
    system.start('consumer');
    await untilDrained(system);
    const byId = new Map<string, number[]>();
    for (const { headers, atMs } of system.receiver.deliveries(100)) {
      const id = String(headers['webhook-id']);
      byId.set(id, [atMs, ...(byId.get(id) ?? [])]);
    }
    assert.equal(byId.size, 3);
    for (const times of byId.values()) {
      const waits = times.slice(1).map((atMs, index) => atMs - (times[index] as number));
      t.diagnostic(`waits ${waits.map(Math.round).join(', ')} ms`);
      delays.forEach((delayMs, index) => assert.ok((waits[index] as number) >= delayMs));
    }
  });
}

test('a record that is no delivery is dead-lettered with the reason, and the rest goes on', async (t) => {
  const system = await aDeliverySystem(t);
  const { kafka, names } = system;
  const publisher = createPublisher({ kafka, logger: createLogger('test', 'silent') });
  t.after(() => publisher.close());
  const bad = { topic: names.deliveries, partition: 0, key: 'u', value: 'hello', headers: {} };
  await publisher.publish(bad, 30_000);
  await publisher.publish({ ...bad, value: null, headers: { 'webhook-id': 'a' } }, 30_000);
  await publisher.publish({ ...bad, headers: { 'webhook-id': 'b', 'wh-attempt': 'x' } }, 30_000);
  await publisher.publish(
    { ...bad, headers: { 'webhook-id': 'c', 'wh-subscription': 'gone' } },
    30_000,
  );
  await publisher.publish({ ...bad, headers: { 'webhook-id': 'good' } }, 30_000);
  system.start('consumer');
  await untilDrained(system);
  // One without an id, as other programs write it, is a delivery.
  assert.equal(system.receiver.stats().distinct, 2);
  const dead = await system.records(names.deadLetters);
  assert.deepEqual(
    dead.map(({ headers }) => headers['__dlq.errors.message']).sort(),
    [
      'header wh-attempt is no number',
      'the record has no value, so there is no body',
      'there is no subscription gone',
    ].sort(),
  );
  const logged = (await system.records(names.attempts)).flatMap(({ value }) =>
    parseAttempts(String(value)),
  );
  assert.equal(logged.filter(({ state }) => state === 'dead').length, 3);
});
