import { randomBytes } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../common/config/config.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { fetchHighWatermarks } from '../common/kafka/admin/high-watermarks.ts';
import { partitionOf } from '../common/kafka/produce/partitioner.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import { withAdmin } from '../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../common/base/logger.ts';
import { topicNames } from '../common/topics/topics.ts';
import { createdSubscription } from '../console/subscriptions/change.ts';
import { freePort } from '../infra/process/ports.ts';
import { PRODUCER_HEAP } from '../infra/roles.ts';
import { CONSUMER_HEAP } from '../infra/roles.ts';
import { fillTopic } from './fill-topic.ts';
import { startScript } from './process.ts';
import type { Measured } from './process.ts';
import { untilAnswers } from './until-answers.ts';
import type { TargetStats } from './waiting-target.ts';

/** The endpoints for which deliveries wait; each has a path of its name. */
export const ENDPOINTS = ['refused', 'hang', 'rest', 'off'] as const;
type Endpoint = (typeof ENDPOINTS)[number];

const HOST = '127.0.0.1';
export const USERS = 1_000;
const AT_ONCE = 10_000;

/** One producer, one consumer, a healthy receiver, and subscriptions beside it. */
export interface System {
  readonly env: Readonly<Record<string, string>>;
  /** URL of the API. */
  readonly url: string;
  /** URL of the healthy receiver, which WEBHOOK_URL names. */
  readonly receiverUrl: string;
  consumer: Measured;
  startConsumer(): void;
  /** Saves the subscriptions; one of them is disabled before they are healed. */
  subscribe(state: 'as they are' | 'healed'): Promise<void>;
  /** Writes the next deliveries of each subscription. */
  fill(count: number): Promise<void>;
  /** Number of deliveries that were written for each endpoint. */
  readonly filled: number;
  heal(): Promise<void>;
  stats(): Promise<Readonly<Partial<Record<Endpoint, TargetStats>>>>;
  /** Records of all topics but the attempts. */
  countRecords(): Promise<number>;
  close(): Promise<void>;
}

export async function startSystem(brokers: readonly string[]): Promise<System> {
  const healthy = startScript('bench/target.ts');
  const others = startScript('bench/waiting-target.ts', [], { USERS: String(USERS) });
  const receiverUrl = await healthy.firstLine;
  const [targetUrl = '', refusedUrl = ''] = (await others.firstLine).split(' ');
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const port = await freePort(HOST);
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    WEBHOOK_URL: `${receiverUrl}/webhook`,
    ALLOW_TARGETS: '127.0.0.0/8',
    DATA_DIR: dataDir,
    PORT: String(port),
    LOG_LEVEL: 'error',
    WEBHOOK_SECRET: '',
  };
  await fillTopic(env, 0);
  const log = openLog(env, (name) => `${name === 'refused' ? refusedUrl : targetUrl}/${name}`);
  const producer = startScript('producer/main.ts', [], env, PRODUCER_HEAP);
  const startConsumer = () => startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  const system: System = {
    ...log,
    get filled() {
      return log.filled;
    },
    ...{ env, receiverUrl, url: `http://${HOST}:${port}`, consumer: startConsumer() },
    startConsumer: () => void (system.consumer = startConsumer()),
    async heal() {
      await fetch(`${targetUrl}/heal`, { method: 'POST' });
      await log.subscribe('healed');
    },
    async stats() {
      const answer = await fetch(`${targetUrl}/stats`);
      const byPath = (await answer.json()) as Record<string, TargetStats>;
      return Object.fromEntries(
        Object.entries(byPath).map(([path, stats]) => [path.slice(1), stats]),
      );
    },
    async close() {
      await log.close();
      await Promise.all([producer.end(), system.consumer.kill()]);
      await Promise.all([healthy.end(), others.end()]);
      rmSync(dataDir, { recursive: true, force: true });
    },
  };
  await untilAnswers(`${system.url}/health/ready`);
  return system;
}

/** Writes subscriptions and deliveries as the API does, and counts what is in the topics. */
function openLog(env: Record<string, string>, targetOf: (name: Endpoint) => string) {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'error');
  const kafka = connectKafka(config, logger, 'bench-waiting');
  const names = topicNames(config.TOPIC_PREFIX);
  const publisher = createPublisher({ kafka, logger });
  const publish = (topic: string, key: string, value: object, headers = {}) => {
    const partition = partitionOf(key, config.PARTITIONS);
    const record = { topic, partition, key, value: JSON.stringify(value), headers };
    return publisher.publish(record, Infinity);
  };
  const send = (name: Endpoint, n: number) => {
    const id = `sub_${name}`;
    const headers = { 'webhook-id': `${id}-${n}`, 'wh-subscription': id };
    return publish(names.deliveries, `user-${n % USERS}`, { n }, headers);
  };
  let filled = 0;
  return {
    get filled() {
      return filled;
    },
    async subscribe(state: 'as they are' | 'healed') {
      const saved = ENDPOINTS.map((name) => subscription(name, targetOf(name), state));
      await Promise.all(saved.map((one) => publish(names.subscriptions, one.id, one)));
    },
    async fill(count: number) {
      const end = filled + count;
      while (filled < end) {
        const next = Math.min(AT_ONCE, end - filled);
        const numbers = Array.from({ length: next }, (_, n) => filled + n);
        await Promise.all(numbers.flatMap((n) => ENDPOINTS.map((name) => send(name, n))));
        filled += next;
      }
    },
    async countRecords() {
      const topics = await withAdmin(kafka, (admin) => admin.listTopics());
      const ours = topics.filter((one) => one.startsWith(`${config.TOPIC_PREFIX}.`));
      let count = 0;
      for (const topic of ours.filter((one) => one !== names.attempts)) {
        for (const { high } of (await fetchHighWatermarks(kafka, topic)).values()) count += high;
      }
      return count;
    },
    close: () => publisher.close(),
  };
}

function subscription(name: Endpoint, target: string, state: 'as they are' | 'healed') {
  const isHealed = state === 'healed';
  const created = { id: `sub_${name}`, sealedSecret: '', begins: null, nowMs: Date.now() };
  return {
    ...createdSubscription({ target_url: target }, created),
    secrets: [],
    ordering: name === 'rest' ? 'key' : null,
    state: name === 'off' && !isHealed ? 'disabled' : 'enabled',
    // To enable a subscription ends the pause that its target has asked for.
    resumedAt: isHealed ? Date.now() : null,
  };
}

/** The memory that a process has resident, MiB; NaN where there is no /proc. */
export function residentMiB(pid: number): number {
  try {
    const status = readFileSync(`/proc/${pid}/status`, 'utf8');
    return Math.round(Number(/^VmRSS:\s+(\d+) kB/m.exec(status)?.[1]) / 1_024);
  } catch {
    return NaN;
  }
}
