// Deliveries a second of one consumer process, beside a bare undici loop to the same receiver with
// as many connections, in the same run. `npm run bench` runs it.
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { ulid } from 'ulid';
import { loadConfig } from '../common/config.ts';
import { fileRowId } from '../common/delivery.ts';
import { connectKafka } from '../common/kafka/connection.ts';
import { partitionOf } from '../common/kafka/partitioner.ts';
import { ensureTopics } from '../common/kafka/topic-admin.ts';
import { createTransactionalWriter } from '../common/kafka/transactional-writer.ts';
import { createLogger } from '../common/logger.ts';
import { topicNames, topicTable } from '../common/topics.ts';
import type { Stats } from '../receiver/decide/stats.ts';
import { startScript } from './process.ts';
import type { Measured } from './process.ts';

export interface DeliveryRun {
  readonly name: string;
  readonly records: number;
  readonly env: Readonly<Record<string, string>>;
  /** The first consumer that one writes, instead of ours. */
  readonly isNaive?: boolean;
}

export interface DeliveryResult {
  readonly name: string;
  readonly perSecond: number;
  readonly barePerSecond: number;
  readonly ratio: number;
  /** Processor seconds for 100,000 deliveries. */
  readonly consumerCpu: number;
  readonly receiverCpu: number;
  readonly duplicates: number;
}

const CONNECTIONS = 64;
const USERS = 5_000;
const BARE_REQUESTS = 100_000;
const TIMEOUT_MS = 300_000;

/** Measures one way to deliver; the bare loop runs before and after, and the mean is the yardstick. */
export async function measureDeliveries(
  brokers: readonly string[],
  run: DeliveryRun,
): Promise<DeliveryResult> {
  const target = startScript('bench/target.ts');
  const url = `${await target.firstLine}/webhook`;
  const before = await bareLoop(url);
  await post(url, '/reset');

  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    WEBHOOK_URL: url,
    CONCURRENCY: String(CONNECTIONS),
    LOG_LEVEL: 'error',
    ...run.env,
  };
  await produce(env, run.records);
  const receiverBefore = target.cpuSeconds();
  const consumer = startConsumer(env, run.isNaive ?? false);
  const stats = await untilDelivered(url, run.records);
  const consumerCpu = consumer.cpuSeconds();
  const receiverCpu = target.cpuSeconds() - receiverBefore;
  await consumer.end();

  const after = await bareLoop(url);
  await target.end();
  const perSecond = run.records / (((stats.lastAt ?? 0) - (stats.firstAt ?? 0)) / 1_000);
  const barePerSecond = (before + after) / 2;
  return {
    name: run.name,
    perSecond: Math.round(perSecond),
    barePerSecond: Math.round(barePerSecond),
    ratio: perSecond / barePerSecond,
    consumerCpu: (consumerCpu / run.records) * 100_000,
    receiverCpu: (receiverCpu / run.records) * 100_000,
    duplicates: stats.duplicates,
  };
}

async function bareLoop(url: string): Promise<number> {
  const args = [url, String(BARE_REQUESTS), String(CONNECTIONS)];
  return Number(await startScript('bench/bare-loop.ts', args).firstLine);
}

function startConsumer(env: Record<string, string>, isNaive: boolean): Measured {
  if (!isNaive) return startScript('consumer/main.ts', [], env);
  const names = topicNames(String(env['TOPIC_PREFIX']));
  const args = [env['KAFKA_BROKERS'], names.deliveries, names.deliveryGroup, env['WEBHOOK_URL']];
  return startScript('bench/naive-consumer.ts', args as string[], env);
}

async function produce(env: Record<string, string>, records: number): Promise<void> {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'error');
  const kafka = connectKafka(config, logger, 'bench-producer');
  await ensureTopics(kafka, topicTable(config), 1, logger);
  const { deliveries } = topicNames(config.TOPIC_PREFIX);
  const transactionalId = `${config.TOPIC_PREFIX}-bench`;
  const writer = createTransactionalWriter({ kafka, transactionalId, logger });
  await writer.fence();
  const fileId = ulid();
  for (let start = 0; start < records; start += 10_000) {
    const rows = Array.from({ length: Math.min(10_000, records - start) }, (_, n) => start + n + 1);
    await writer.write(
      rows.map((row) => {
        const userId = `user-${row % USERS}`;
        return {
          topic: deliveries,
          partition: partitionOf(userId, config.PARTITIONS),
          key: userId,
          value: JSON.stringify({ userId, alertMessage: `alert of row ${row}` }),
          headers: { 'webhook-id': fileRowId(fileId, row) },
        };
      }),
    );
  }
  await writer.close();
}

async function untilDelivered(url: string, records: number): Promise<Stats> {
  const deadlineMs = Date.now() + TIMEOUT_MS;
  for (;;) {
    const answer = await fetch(new URL('/stats', url));
    const stats = (await answer.json()) as Stats;
    // By count and not by id, since the naive consumer sends none.
    if (stats.accepted - stats.duplicates >= records) return stats;
    if (Date.now() > deadlineMs) throw new Error(`stuck at ${JSON.stringify(stats)}`);
    await sleep(100);
  }
}

async function post(url: string, path: string): Promise<void> {
  const answer = await fetch(new URL(path, url), { method: 'POST' });
  await answer.arrayBuffer();
}
