// A receiver that takes its time, beside subscriptions that have nothing to do: they share its
// partitions, so what it cannot take at once must not cost more for that. `npm run bench` runs it.
import { randomBytes } from 'node:crypto';
import { pollUntil } from '../common/base/retry.ts';
import { loadConfig } from '../common/config/config.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { fetchHighWatermarks } from '../common/kafka/admin/high-watermarks.ts';
import { partitionOf } from '../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import { createLogger } from '../common/base/logger.ts';
import { retrySchedule } from '../common/config/retry-schedule.ts';
import { topicNames } from '../common/topics/topics.ts';
import { createdSubscription } from '../console/subscriptions/change.ts';
import { CONSUMER_HEAP } from '../infra/roles.ts';
import { fillTopic } from './fill-topic.ts';
import { startScript } from './process.ts';
import { quantile } from './statistics.ts';
import { fetchStats } from './windows.ts';

export interface IdleRun {
  readonly rows: number;
  readonly answerMs: number;
  readonly rounds: number;
}

export interface IdleResult {
  readonly subscriptions: number;
  /** Deliveries a second beside them, and with none: medians of the rounds. */
  readonly perSecond: number;
  readonly alonePerSecond: number;
  readonly ratio: number;
  /** Records in retry topics, though nothing failed. */
  readonly rewritten: number;
}

/** Shares of all rows between which the rate is measured: neither the start nor the end counts. */
const MEASURED = [0.1, 0.9] as const;
const POLL_MS = 20;
const DEADLINE_MS = 30_000;

/** @param counts how many subscriptions to measure beside, in turn with none */
export async function measureIdle(
  brokers: readonly string[],
  run: IdleRun,
  counts: readonly number[],
): Promise<readonly IdleResult[]> {
  const rounds: Map<number, Spell[]> = new Map([0, ...counts].map((count) => [count, []]));
  for (let round = 0; round < run.rounds; round += 1) {
    for (const [count, spells] of rounds) spells.push(await measureSpell(brokers, run, count));
  }
  const median = (count: number) =>
    quantile(rounds.get(count)?.map(({ perSecond }) => perSecond) ?? [], 0.5);
  return counts.map((subscriptions) => ({
    subscriptions,
    perSecond: Math.round(median(subscriptions)),
    alonePerSecond: Math.round(median(0)),
    ratio: median(subscriptions) / median(0),
    rewritten: rounds.get(subscriptions)?.reduce((sum, one) => sum + one.rewritten, 0) ?? 0,
  }));
}

interface Spell {
  readonly perSecond: number;
  readonly rewritten: number;
}

async function measureSpell(
  brokers: readonly string[],
  { rows, answerMs }: IdleRun,
  subscriptions: number,
): Promise<Spell> {
  const target = startScript('bench/target.ts', [], { ANSWER_AFTER_MS: String(answerMs) });
  const receiverUrl = await target.firstLine;
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    WEBHOOK_URL: `${receiverUrl}/webhook`,
    ALLOW_TARGETS: '127.0.0.0/8',
    LOG_LEVEL: 'error',
    WEBHOOK_SECRET: '',
  };
  await fillTopic(env, 0);
  await subscribe(env, receiverUrl, subscriptions);
  await fillTopic(env, rows);
  const consumer = startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  try {
    const at: number[] = [];
    for (const share of MEASURED) {
      await untilDelivered(receiverUrl, subscriptions + rows * share);
      at.push(performance.now());
    }
    await untilDelivered(receiverUrl, subscriptions + rows);
    const [from = 0, to = 0] = at;
    const perSecond = (rows * (MEASURED[1] - MEASURED[0]) * 1_000) / (to - from);
    return { perSecond, rewritten: await countRewritten(env) };
  } finally {
    await consumer.kill();
    await target.end();
  }
}

/** Makes subscriptions, and a delivery for each, so that the consumer knows them. */
async function subscribe(env: Record<string, string>, url: string, count: number): Promise<void> {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'error');
  const kafka = connectKafka(config, logger, 'bench-subscriber');
  const { subscriptions, deliveries } = topicNames(config.TOPIC_PREFIX);
  const publisher = createPublisher({ kafka, logger });
  const publish = (topic: string, key: string, value: object, headers = {}) => {
    const partition = partitionOf(key, config.PARTITIONS);
    const record = { topic, partition, key, value: JSON.stringify(value), headers };
    return publisher.publish(record, DEADLINE_MS);
  };
  const ids = Array.from({ length: count }, (_, n) => `sub_${n}`);
  const made = (id: string) => {
    const created = { id, sealedSecret: '', begins: null, nowMs: Date.now() };
    return { ...createdSubscription({ target_url: `${url}/idle` }, created), secrets: [] };
  };
  await Promise.all(ids.map((id) => publish(subscriptions, id, made(id))));
  await Promise.all(
    ids.map((id) =>
      publish(deliveries, id, {}, { 'webhook-id': `${id}-1`, 'wh-subscription': id }),
    ),
  );
  await publisher.close();
}

async function untilDelivered(receiverUrl: string, count: number): Promise<void> {
  const isDelivered = async () => (await fetchStats(receiverUrl)).accepted >= count;
  await pollUntil(isDelivered, { everyMs: POLL_MS });
}

async function countRewritten(env: Record<string, string>): Promise<number> {
  const config = loadConfig(env);
  const kafka = connectKafka(config, createLogger('bench', 'error'), 'bench-counter');
  const names = topicNames(config.TOPIC_PREFIX);
  let count = 0;
  for (const topic of new Set(retrySchedule(config).map(names.retry))) {
    for (const { high } of (await fetchHighWatermarks(kafka, topic)).values()) count += high;
  }
  return count;
}
