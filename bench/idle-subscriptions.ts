// A receiver that takes its time, beside subscriptions that have nothing to do: they share its
// partitions, so what it cannot take at once must not cost more for that. `npm run bench` runs it.
import { randomBytes } from 'node:crypto';
import { loadConfig } from '../common/config/config.ts';
import { retrySchedule } from '../common/config/retry-schedule.ts';
import { topicNames } from '../common/topics/topics.ts';
import { CONSUMER_HEAP } from '../infra/roles.ts';
import { fillTopic } from './fill-topic.ts';
import { startScript } from './process.ts';
import { quantile } from './statistics.ts';
import { countRecords, publishAll, subscribe } from './log-contents.ts';
import { middleRate } from './windows.ts';

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

type Env = Record<string, string>;

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
  await subscribeIdle(env, receiverUrl, subscriptions);
  await fillTopic(env, rows);
  const consumer = startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  try {
    const perSecond = await middleRate(receiverUrl, rows, subscriptions);
    return { perSecond, rewritten: await countRewritten(env) };
  } finally {
    await consumer.kill();
    await target.end();
  }
}

/** Makes subscriptions, and a delivery for each, so that the consumer knows them. */
async function subscribeIdle(env: Env, url: string, count: number): Promise<void> {
  const { deliveries: topic } = topicNames(loadConfig(env).TOPIC_PREFIX);
  const ids = Array.from({ length: count }, (_, n) => `sub_${n}`);
  await subscribe(env, Object.fromEntries(ids.map((id) => [id, { target_url: `${url}/idle` }])));
  await publishAll(
    env,
    ids.map((id) => {
      const headers = { 'webhook-id': `${id}-1`, 'wh-subscription': id };
      return { topic, key: id, value: '{}', headers };
    }),
  );
}

function countRewritten(env: Env): Promise<number> {
  const config = loadConfig(env);
  const names = topicNames(config.TOPIC_PREFIX);
  return countRecords(env, new Set(retrySchedule(config).map(names.retry)));
}
