// A topic's max.message.bytes below our own limit, set with Kafka's own tool while all runs.
import assert from 'node:assert/strict';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { HEADER } from '../../common/delivery.ts';
import { createPublisher } from '../../common/kafka/publisher.ts';
import { createLogger } from '../../common/logger.ts';
import { startApi, subscribe } from '../support/api.ts';
import { startConsole } from '../support/console.ts';
import { aDeliverySystem, untilDrained } from '../support/delivery.ts';
import type { DeliverySystem } from '../support/delivery.ts';
import { runKafkaTool } from '../support/kafka-tools.ts';
import { until } from '../support/until.ts';

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
  await limit(system, names.deliveries, 20_000);

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
  const publisher = createPublisher({
    kafka: system.kafka,
    logger: createLogger('test', 'silent'),
  });
  const headers = { [HEADER.id]: 'kept', [HEADER.contentType]: 'text/plain' };
  const value = 'z'.repeat(5_000);
  await publisher.publish(
    { topic: names.deliveries, partition: 0, key: 'u', value, headers },
    30_000,
  );
  await publisher.close();
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
