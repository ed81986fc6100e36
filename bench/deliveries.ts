// Deliveries a second of one consumer process, beside a bare undici loop to the same receiver with
// as many connections, in turn. `npm run bench` runs it.
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { topicNames } from '../common/topics.ts';
import { fillTopic } from './fill-topic.ts';
import { startScript } from './process.ts';
import type { Measured } from './process.ts';
import { contest } from './windows.ts';
import type { ContestResult } from './windows.ts';

export interface DeliveryRun {
  readonly name: string;
  readonly records: number;
  readonly env: Readonly<Record<string, string>>;
  /** The least ratio that is good enough; null: for comparison only. */
  readonly bar: number | null;
  /** The first consumer that one writes, instead of ours. */
  readonly isNaive?: boolean;
}

const CONNECTIONS = 64;
const SETTLE_MS = 500;

/** Measures one way to deliver, with the backlog in the topic before the consumer starts. */
export async function measureDeliveries(
  brokers: readonly string[],
  brokerPid: number | null,
  run: DeliveryRun,
): Promise<ContestResult> {
  const target = startScript('bench/target.ts');
  const receiverUrl = await target.firstLine;
  const url = `${receiverUrl}/webhook`;
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    WEBHOOK_URL: url,
    CONCURRENCY: String(CONNECTIONS),
    LOG_LEVEL: 'error',
    ...run.env,
  };
  await fillTopic(env, run.records);
  const bare = startScript('bench/bare-loop.ts', [url, String(CONNECTIONS)]);
  await bare.firstLine;
  await sleep(SETTLE_MS);
  bare.pause();
  const consumer = startConsumer(env, run.isNaive ?? false);
  const pids = { receiver: target.pid, broker: brokerPid };
  try {
    return await contest({ receiverUrl, bare, consumer, pids, records: run.records });
  } finally {
    await bare.kill();
    await consumer.end();
    await target.end();
  }
}

function startConsumer(env: Record<string, string>, isNaive: boolean): Measured {
  if (!isNaive) return startScript('consumer/main.ts', [], env);
  const names = topicNames(String(env['TOPIC_PREFIX']));
  const args = [env['KAFKA_BROKERS'], names.deliveries, names.deliveryGroup, env['WEBHOOK_URL']];
  return startScript('bench/naive-consumer.ts', args as string[], env);
}
