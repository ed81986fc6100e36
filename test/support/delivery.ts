import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestContext } from 'node:test';
import { ulid } from 'ulid';
import { loadConfig } from '../../common/config/config.ts';
import type { Config } from '../../common/config/config.ts';
import { fileRowId } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { connectKafka } from '../../common/kafka/client/connection.ts';
import type { KafkaConnection } from '../../common/kafka/client/connection.ts';
import { openCursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { Cursor, CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import { openGroupView } from '../../common/kafka/admin/group-view.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import { ensureTopics, withAdmin } from '../../common/kafka/admin/topic-admin.ts';
import { readTopic } from '../../common/kafka/consume/follow-topic.ts';
import { createTransactionalWriter } from '../../common/kafka/produce/transactional-writer.ts';
import { createLogger } from '../../common/base/logger.ts';
import { topicNames, topicTable, waitingTopics } from '../../common/topics/topics.ts';
import type { TopicNames } from '../../common/topics/topics.ts';
import { PRODUCER_HEAP } from '../../infra/roles.ts';
import { createReceiver } from '../../receiver/receiver.ts';
import type { Receiver, ReceiverOptions } from '../../receiver/receiver.ts';
import { uniquePrefix, useBroker } from './broker.ts';
import { until } from './until.ts';

const ROOT = join(import.meta.dirname, '../..');
/** Fewer than a user has: each partition of each topic costs the broker of the run. */
const PARTITIONS = 3;
const TOLD_LINES = 25;
const TOLD_CHARACTERS = 400;

export interface RunningRole {
  readonly pid: number;
  readonly output: () => string;
  /** Resolves with the exit code, null after a signal, however it ended. */
  readonly exited: Promise<number | null>;
  /** Sends the signal and waits for the end. @returns the exit code, null after a signal */
  end(signal: NodeJS.Signals): Promise<number | null>;
}

/** A topic prefix, a receiver and settings of one test's own, on the broker of the run. */
export interface DeliverySystem {
  readonly config: Config;
  readonly kafka: KafkaConnection;
  readonly names: TopicNames;
  readonly receiver: Receiver;
  /** Starts a role as a process of its own; it ends with the test. */
  start(role: 'consumer' | 'producer' | 'console', env?: Record<string, string>): RunningRole;
  /** Writes file rows as the producer does: transactions, ids that grow with the row. */
  produce(rows: number, users: number): Promise<void>;
  /**
   * Undelivered records of both lanes and all retry topics, those left behind included.
   *
   * @param closed endpoints whose cursors do not count
   */
  lag(closed?: readonly string[]): Promise<number>;
  /**
   * Numbers of partitions of a topic that the members of the delivery group have, by member, as
   * Kafka says; none while the group rebalances.
   */
  shares(topic?: string): Promise<readonly number[]>;
  /** Positions of the endpoints that are behind. */
  cursors(): Promise<readonly Cursor[]>;
  /** Everything that a topic holds now. */
  records(topic: string): Promise<readonly LogRecord[]>;
}

/** Makes a system on the broker of the run, or on that of KAFKA_BROKERS in `env`. */
export async function aDeliverySystem(
  t: TestContext,
  env: Record<string, string> = {},
  receiverOptions: ReceiverOptions = {},
): Promise<DeliverySystem> {
  const receiver = await createReceiver(receiverOptions);
  const roles: RunningRole[] = [];
  const dataDir = await mkdtemp(join(tmpdir(), 'hookline-test-'));
  const settings = {
    KAFKA_BROKERS: env['KAFKA_BROKERS'] ?? (await useBroker(t)).brokers.join(','),
    TOPIC_PREFIX: uniquePrefix(),
    WEBHOOK_URL: `${receiver.url}/webhook`,
    PARTITIONS: String(PARTITIONS),
    LOG_LEVEL: 'info',
    DATA_DIR: dataDir,
    ...env,
  };
  const config = loadConfig(settings);
  const logger = createLogger('test', process.env['TEST_LOG_LEVEL'] ?? 'silent');
  const kafka = connectKafka(config, logger, `test-${config.TOPIC_PREFIX}`);
  const names = topicNames(config.TOPIC_PREFIX);
  let store: Promise<CursorStore> | null = null;
  let view: Promise<GroupView> | null = null;
  t.after(async () => {
    if (!hasPassed(t)) roles.forEach((role) => tellEnd(t, role));
    await Promise.all(roles.map((role) => role.end('SIGKILL')));
    await (await store)?.close();
    await (await view)?.close();
    await receiver.close();
    await rm(dataDir, { recursive: true, force: true, maxRetries: 5 });
    // Thousands of partitions of tests gone by would use up the open files of the run's broker.
    if (!env['KAFKA_BROKERS']) await deleteTopics(kafka, config.TOPIC_PREFIX).catch(() => {});
  });
  await ensureTopics(kafka, topicTable(config), config.REPLICATION_FACTOR, logger);
  const fileRow = (fileId: string, row: number, users: number) => {
    const userId = `user-${row % users}`;
    return {
      topic: names.bulkDeliveries,
      partition: partitionOf(userId, config.PARTITIONS),
      key: userId,
      value: JSON.stringify({ userId, alertMessage: `alert of row ${row}` }),
      headers: { 'webhook-id': fileRowId(fileId, row) },
    };
  };
  const deliveryTopics = [...waitingTopics(config).all, ...config.SOURCE_TOPICS];

  const system: DeliverySystem = {
    config,
    kafka,
    names,
    receiver,
    start(role, more = {}) {
      const running = startRole(role, { ...settings, ...more });
      roles.push(running);
      return running;
    },
    async produce(rows, users) {
      const transactionalId = `${config.TOPIC_PREFIX}-test-${ulid()}`;
      const writer = createTransactionalWriter({ kafka, transactionalId, logger });
      await writer.fence();
      const fileId = ulid();
      for (let start = 0; start < rows; start += 10_000) {
        const count = Math.min(10_000, rows - start);
        await writer.write(
          Array.from({ length: count }, (_, index) => fileRow(fileId, start + index + 1, users)),
        );
      }
      await writer.close();
    },
    async lag(closed = []) {
      view ??= openGroupView(kafka, names.deliveryGroup);
      // The offsets cannot be read for some seconds after their broker was killed.
      const unknown = () => null;
      // The cursors last: what the head passes over is in one of them before.
      const atHead = await (await view).lag(deliveryTopics).catch(unknown);
      const cursors = await system.cursors().catch(unknown);
      if (atHead === null || cursors === null) return Infinity;
      const counting = cursors.filter(({ endpoint }) => !closed.includes(endpoint));
      const left = counting.map(({ offset, metadata }) => {
        return decodeCursorMark(offset, metadata)?.left ?? 1;
      });
      return atHead + left.reduce((sum, one) => sum + one, 0);
    },
    async shares(topic = names.deliveries) {
      view ??= openGroupView(kafka, names.deliveryGroup);
      const members = await (await view).members();
      return members.flatMap(({ partitions }) => partitions[topic]?.length ?? []);
    },
    async cursors() {
      store ??= openCursorStore({ kafka, groupPrefix: names.cursorGroupPrefix, logger });
      const numbers = Array.from({ length: config.PARTITIONS }, (_, n) => n);
      return (await store).load(new Map(deliveryTopics.map((topic) => [topic, numbers])));
    },
    async records(topic) {
      const records: LogRecord[] = [];
      const onFatal = (error: unknown) => {
        throw error;
      };
      const onRecord = (record: LogRecord) => records.push(record);
      const reader = await readTopic({ kafka, topic, logger, onFatal, onRecord });
      await reader.caughtUp();
      await reader.close();
      return records;
    },
  };
  return system;
}

/** Within `after`. Node's types lack it. */
const hasPassed = (t: TestContext) => (t as TestContext & { readonly passed: boolean }).passed;

/**
 * Reports the last lines of a role, so that the report of a run is enough to find out why it
 * failed.
 */
function tellEnd(t: TestContext, { pid, output }: RunningRole): void {
  const lines = output().trimEnd().split('\n').slice(-TOLD_LINES);
  for (const line of lines) t.diagnostic(`${pid}: ${line.slice(0, TOLD_CHARACTERS)}`);
}

async function deleteTopics(kafka: KafkaConnection, prefix: string): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const topics = (await admin.listTopics()).filter((topic) => topic.startsWith(`${prefix}.`));
    await admin.deleteTopics({ topics });
  });
}

function startRole(role: string, env: Record<string, string>): RunningRole {
  const flags = role === 'producer' ? PRODUCER_HEAP : [];
  const child = spawn(process.execPath, [...flags, join(ROOT, role, 'main.ts')], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const chunks: string[] = [];
  child.stdout.on('data', (chunk) => chunks.push(String(chunk)));
  child.stderr.on('data', (chunk) => chunks.push(String(chunk)));
  const exited = once(child, 'exit').then(([code]) => code as number | null);
  const end = (signal: NodeJS.Signals) => {
    if (child.exitCode === null && child.signalCode === null) child.kill(signal);
    return exited;
  };
  if (child.pid === undefined) throw new Error(`cannot start ${role}`);
  return { pid: child.pid, output: () => chunks.join(''), exited, end };
}

/** Waits until everything is delivered, retried or dead-lettered and committed. */
export async function untilDrained(system: DeliverySystem, timeoutMs = 120_000): Promise<void> {
  const { receiver } = system;
  let { received } = receiver.stats();
  const isDrained = async () => {
    const before = received;
    ({ received } = receiver.stats());
    // The lag takes dozens of requests: not while deliveries still arrive.
    return received === before && (await system.lag()) === 0;
  };
  await until(isDrained, { timeoutMs, everyMs: 200, describe: () => receiver.stats() });
}
