// Goal: while the broker is away the console says so within seconds and still shows what it knew;
// when it is back the console is well again by itself, and misses nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { loadConfig } from '../../../common/config/config.ts';
import { connectKafka } from '../../../common/kafka/client/connection.ts';
import { createPublisher } from '../../../common/kafka/produce/publisher.ts';
import { ensureTopics } from '../../../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../../../common/base/logger.ts';
import { topicNames, topicTable } from '../../../common/topics/topics.ts';
import { canEmbedHere } from '../../../infra/kafka/find.ts';
import { freePort } from '../../../infra/process/ports.ts';
import { ownBroker } from '../../support/own-broker.ts';
import { startTool } from '../../support/run-tool.ts';
import { until } from '../../support/until.ts';

const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');
const skip = (await canEmbedHere(process.env)) ? false : 'needs Java 17 or newer and Maven';

interface Answer {
  readonly not_ready?: string | null;
  readonly detail?: string;
  readonly summary?: { readonly headline: string };
  readonly deliveries?: { readonly dead_lettered: number };
}

async function ask(url: string, method = 'GET') {
  const answer = await fetch(url, { method, signal: AbortSignal.timeout(30_000) });
  return { status: answer.status, json: (await answer.json()) as Answer };
}

async function bury(t: TestContext, env: Record<string, string>, id: string): Promise<void> {
  const kafka = connectKafka(loadConfig(env), logger, 'test-outage');
  await ensureTopics(kafka, topicTable(loadConfig(env)), 1, logger);
  const publisher = createPublisher({ kafka, logger });
  t.after(() => publisher.close(0));
  const { deadLetters: topic } = topicNames('webhooks');
  const headers = { 'webhook-id': id, 'wh-last-status': '500' };
  await publisher.publish({ topic, partition: 0, key: 'u', value: '{}', headers }, 30_000);
}

test('a broker that goes and comes back', { timeout: 120_000, skip }, async (t) => {
  const broker = await ownBroker(t);
  const port = await freePort('127.0.0.1');
  const env = {
    KAFKA_BROKERS: broker.address,
    CONSOLE_PORT: String(port),
    PARTITIONS: '2',
    RETRY_MAX_ATTEMPTS: '1',
  };
  await bury(t, env, 'a');
  const console = startTool(t, 'console/main.ts', [], { ...env, LOG_LEVEL: 'silent' });
  const url = `http://127.0.0.1:${port}`;
  const isReady = () =>
    ask(`${url}/health/ready`).then(
      ({ status }) => status === 200,
      () => false,
    );
  const dead = async () => (await ask(`${url}/status`)).json.deliveries?.dead_lettered;
  await until(isReady);
  await until(async () => (await dead()) === 1);

  await broker.end('kill');
  const goneMs = Date.now();
  const retrying = ask(`${url}/retry`, 'POST');
  const headline = async () => (await ask(`${url}/status`)).json.summary?.headline ?? '';
  await until(async () => (await headline()).startsWith('Kafka does not answer for '));
  t.diagnostic(`said after ${(Date.now() - goneMs) / 1_000} s: ${await headline()}`);
  await until(async () => (await ask(`${url}/health/ready`)).status === 503);
  const seconds = (Date.now() - goneMs) / 1_000;
  t.diagnostic(`not ready after ${seconds} s`);
  assert.ok(seconds < 10, `${seconds} s`);
  const { status, json } = await ask(`${url}/status`);
  assert.equal(status, 200);
  assert.equal(json.not_ready, 'Kafka does not answer');
  assert.equal(json.deliveries?.dead_lettered, 1);
  assert.equal((await ask(`${url}/health/live`)).status, 200);
  const retry = await retrying;
  assert.equal(retry.status, 503);
  assert.match(retry.json.detail ?? '', /^The redrive has stopped \(0 put back until then\)/);

  await broker.start();
  await until(isReady);
  await bury(t, env, 'b');
  await until(async () => (await dead()) === 2);
  assert.deepEqual((await ask(`${url}/retry`, 'POST')).json, {
    matched: 2,
    redriven: 2,
    skipped: {},
  });
  await until(async () => (await dead()) === 0);
  console.kill('SIGTERM');
  assert.equal(await console.ended, 0);
});
