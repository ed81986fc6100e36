// A topic's max.message.bytes below our own limit, set with Kafka's own tool while all runs.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HEADER } from '../../../common/model/delivery.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { startApi, subscribe } from '../../support/api.ts';
import { startConsole } from '../../support/console.ts';
import { aDeliverySystem, untilDrained } from '../../support/delivery.ts';
import type { DeliverySystem } from '../../support/delivery.ts';
import { runKafkaTool } from '../../support/kafka-tools.ts';
import { until } from '../../support/until.ts';

const DELAY_MS = 300;
const ENV = {
  PARTITIONS: '3',
  RETRY_SCHEDULE: Array(9).fill(`${DELAY_MS}ms`).join(','),
  ALLOW_TARGETS: '127.0.0.0/8',
};
const LARGE = 'x'.repeat(30_000);

const limit = ({ config }: DeliverySystem, topic: string, bytes: number) => {
  const of = ['--entity-type', 'topics', '--entity-name', topic];
  const change = ['--alter', '--add-config', `max.message.bytes=${bytes}`];
  return runKafkaTool(config.KAFKA_BROKERS, 'kafka-configs', ...of, ...change);
};

test('what a topic takes no more is refused with its limit, and a file goes on after its row', async (t) => {
  const system = await aDeliverySystem(t, ENV, { keep: 1_000 });
  const { config, names, receiver } = system;
  const id = 'sub_1';
  await subscribe(system, [{ id }]);
  const { role, post } = await startApi(system);
  const { ask } = await startConsole(system);
  const consumer = system.start('consumer');
  const publisher = createPublisher({
    kafka: system.kafka,
    logger: createLogger('test', 'silent'),
  });
  t.after(() => publisher.close());
  const publish = (topic: string, name: string, value: string) => {
    const headers = { [HEADER.id]: name, [HEADER.contentType]: 'text/plain' };
    return publisher.publish({ topic, partition: 0, key: 'u', value, headers }, 30_000);
  };
  for (const topic of [names.deliveries, names.deadLetters]) {
    for (const value of [LARGE, 'small']) await publish(topic, `before-${value.length}`, value);
  }
  await until(() => receiver.stats().accepted === 2);
  for (const lane of names.lanes) await limit(system, lane, 20_000);

  // One of two fits no more: the other one goes its way.
  const tooLarge = {
    [`larger than ${names.bulkDeliveries} takes (its max.message.bytes is 20000)`]: 1,
  };
  const redriven = await ask('POST', '/dead-letters/redrive', { filter: {} });
  assert.deepEqual([redriven.json.matched, redriven.json.redriven], [1, 1]);
  assert.deepEqual(redriven.json.skipped, tooLarge);
  const { json: begun } = await ask('POST', '/replays', { from: 'earliest' });
  const replay = async () => (await ask('GET', `/replays/${begun.id}`)).json;
  await until(async () => (await replay()).state === 'done', { describe: replay });
  const { copied, skipped } = await replay();
  const isACopy = { 'a copy that a replay or a redrive made: its original counts': 1 };
  assert.deepEqual([copied, skipped], [1, { ...tooLarge, ...isACopy }]);
  await until(() => receiver.stats().accepted === 4);
  receiver.reset();

  const cases: readonly [path: string, body: unknown, headers?: Record<string, string>][] = [
    ['/send', { user_id: 'u', data: LARGE }],
    ['/events', { type: 'order.paid', data: LARGE }],
    [`/ingest/${id}`, LARGE, { 'event-type': 'order.paid' }],
    ['/send', { user_id: 'u', data: LARGE }, { 'idempotency-key': 'large' }],
  ];
  for (const [path, body, headers] of cases) {
    const { status, json } = await post(path, body, headers);
    assert.equal(status, 413, `${path}: ${role.output()}`);
    assert.equal(json.type, 'urn:hookline:problem:payload-too-large');
    assert.match(
      json.detail,
      new RegExp(`above 20000 \\(max.message.bytes of ${names.deliveries}`),
    );
  }
  const two = [LARGE, 'small'].map((data) => JSON.stringify({ user_id: 'u', data })).join('\n');
  const batch = await post('/send/batch', two, { 'content-type': 'application/x-ndjson' });
  const statuses = batch.text
    .trim()
    .split('\n')
    .map((line) => JSON.parse(line).status);
  assert.deepEqual(statuses, [413, 202]);

  const inbox = (name: string, rows: readonly string[]) =>
    writeFileSync(
      join(config.DATA_DIR, 'inbox', name),
      `user_id,alert_message\n${rows.join('\n')}\n`,
    );
  // Each row fits by itself; a batch of them would be larger than the topic takes.
  const many = Array.from({ length: 40 }, (_, row) => `u,row ${row} ${'y'.repeat(5_000)}`);
  inbox('one.csv', [...many, `u,${LARGE}`, 'u,the last']);
  inbox('two.csv', ['u,behind it']);
  const files = async () => (await ask('GET', '/files')).json.files as Record<string, unknown>[];
  const isDone = async () => (await files()).filter(({ state }) => state === 'done').length === 2;
  await until(isDone, { describe: role.output });
  const one = (await files()).find(({ name }) => name === 'one.csv');
  assert.deepEqual([one?.rows, one?.rejected], [42, 1]);
  const rejectedFile = join(config.DATA_DIR, 'done', 'one.csv.rejected.csv');
  await until(() => existsSync(rejectedFile), { describe: role.output });
  const rejected = readFileSync(rejectedFile, 'utf8');
  assert.match(rejected, /\n42,"the record has \d+ bytes with its headers, above 20000 \(max/);
  await untilDrained(system);
  assert.equal(receiver.stats().accepted, 1 + 41 + 1);

  // The one that fails fits, but what is to be written about it does not.
  await limit(system, names.retry(DELAY_MS), 2_000);
  receiver.setMode({ mode: 'error' });
  await publish(names.deliveries, 'kept', 'z'.repeat(5_000));
  const alarm = async () => JSON.stringify((await ask('GET', '/status')).json.consumers);
  await until(async () => /record-too-large/.test(await alarm()), { describe: consumer.output });
  const sentTo = receiver.stats().received;
  assert.match(await alarm(), new RegExp(`1 for ${names.retry(DELAY_MS)}`));
  receiver.setMode('ok');
  await limit(system, names.retry(DELAY_MS), 1_000_000);
  await untilDrained(system);
  assert.equal(receiver.stats().received, sentTo + 1, 'once more, and not in a loop');
  await until(async () => !/record-too-large/.test(await alarm()));

  assert.equal(await role.end('SIGTERM'), 0);
  const again = await startApi(system);
  assert.match(again.role.output(), /"max.message.bytes":20000.*topics\.limit-below-settings/);
  assert.equal((await again.post('/send', { user_id: 'u', data: LARGE })).status, 413);
  assert.equal((await again.post('/send', { user_id: 'u', data: 'small' })).status, 202);
});
