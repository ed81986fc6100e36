// Deliveries a second of one consumer process, beside a bare undici loop to the same receiver with
// as many connections, in turn. `npm run bench` runs it.
import { setTimeout as sleep } from 'node:timers/promises';
import { randomBytes } from 'node:crypto';
import { topicNames } from '../common/topics/topics.ts';
import { CONSUMER_HEAP } from '../infra/roles.ts';
import { fillTopic } from './fill-topic.ts';
import type { Filling } from './fill-topic.ts';
import { certificateFiles } from './many-endpoints.ts';
import { startScript } from './process.ts';
import type { Measured } from './process.ts';
import { contest, delivered } from './windows.ts';
import type { ContestResult } from './windows.ts';

export interface DeliveryRun {
  readonly name: string;
  readonly records: number;
  readonly env: Readonly<Record<string, string>>;
  /** The least ratio that is good enough; null: for comparison only. */
  readonly bar: number | null;
  /** The receiver is reached over TLS. */
  readonly isTls?: boolean;
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
  const { target, receiverUrl, env, remove } = await prepareDeliveries(brokers, run);
  const args = [env.WEBHOOK_URL, env.CONCURRENCY, env.WEBHOOK_SECRET];
  const bare = startScript('bench/bare-loop.ts', args, env);
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
    remove();
  }
}

/** Sends so many deliveries through a new broker, whose compiler is busy so long. */
export async function warmUp(brokers: readonly string[], records: number): Promise<void> {
  const prepared = await prepareDeliveries(brokers, { records, env: {} });
  const { target, receiverUrl, env, remove } = prepared;
  const consumer = startConsumer(env);
  try {
    await delivered(receiverUrl, records);
  } finally {
    await consumer.end();
    await target.end();
    remove();
  }
}

/** A receiver, and what waits for it in topics of their own; `remove` its files afterwards. */
export async function prepareDeliveries(
  brokers: readonly string[],
  {
    records,
    env: settings,
    isTls = false,
    targetEnv,
    ...filling
  }: Pick<DeliveryRun, 'records' | 'env' | 'isTls'> &
    Filling & { readonly targetEnv?: Readonly<Record<string, string>> },
) {
  const files = certificateFiles('localhost');
  const target = startScript('bench/target.ts', [], { TLS_DIR: files.dir, ...targetEnv });
  const [receiverUrl = '', tlsUrl = ''] = (await target.firstLine).split(' ');
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    WEBHOOK_URL: `${isTls ? tlsUrl : receiverUrl}/webhook`,
    NODE_EXTRA_CA_CERTS: files.certFile,
    CONCURRENCY: String(CONNECTIONS),
    LOG_LEVEL: 'error',
    WEBHOOK_SECRET: '',
    ...settings,
  };
  await fillTopic(env, records, filling);
  return { target, receiverUrl, env, remove: files.remove };
}

export function startConsumer(env: Record<string, string>, isNaive = false): Measured {
  if (!isNaive) return startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  const names = topicNames(String(env['TOPIC_PREFIX']));
  const args = [env['KAFKA_BROKERS'], names.deliveries, names.deliveryGroup, env['WEBHOOK_URL']];
  return startScript('bench/naive-consumer.ts', args as string[], env);
}
