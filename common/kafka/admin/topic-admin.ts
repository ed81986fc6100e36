import { pollUntil } from '../../base/retry.ts';
import type { Admin } from 'kafkajs';
import { invariant } from '../../base/errors.ts';
import type { Logger } from '../../base/logger.ts';
import { BrokerConnections } from '../client/broker-connections.ts';
import type { KafkaConnection } from '../client/connection.ts';
import { loginFailure } from '../client/login-failure.ts';
import { hashedPartitions, planPartitions } from './partition-plan.ts';
import type { PartitionPlan, TopicSpec } from './partition-plan.ts';
import { errorTypeOf } from '../error-type.ts';
import { fetchBounds } from './offsets.ts';
import { START_PATIENCE_MS, retryTransient } from '../client/retry-transient.ts';
import { LogBounds, READ_UNCOMMITTED } from './topic-partitions.ts';

/**
 * Opens an admin client for the length of one piece of work.
 *
 * @throws ConfigError TLS or the login fails for a reason that the settings have
 */
export async function withAdmin<Result>(
  kafka: KafkaConnection,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = kafka.client.admin();
  await admin.connect().catch((error: unknown) => {
    throw loginFailure(error) ?? error;
  });
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Partition counts by which the keys of each topic are hashed. */
export interface PartitionCounts {
  /** Does not change while this process runs, but for the deliveries (`TopicWatch`). */
  of(topic: string): number;
  /** Whether a topic was in Kafka before this process made those that were missing. */
  wasThere(topic: string): boolean;
}

/** Writers ask again where a partition is unknown to them, so the start goes on even then. */
const KNOWN_WITHIN_MS = 10_000;
const KNOWN_POLL_MS = 50;

/** Consequence of added partitions, in words for the log. */
const RAISED_MEANING =
  'a key may belong to another partition from now on: what its old partition still holds and what ' +
  'comes into the new one have no order between them';

/**
 * Creates the topics that are missing and adds the partitions that are missing; a topic with more
 * than the settings ask for is followed. Safe to run from several processes at once.
 */
export async function ensureTopics(
  kafka: KafkaConnection,
  table: readonly TopicSpec[],
  replicationFactor: number,
  logger: Logger,
): Promise<PartitionCounts> {
  return withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const before = await fetchPartitionCounts(
      admin,
      table.map(({ name }) => name).filter((name) => existing.has(name)),
    );
    const missing = table.filter((topic) => !existing.has(topic.name));
    if (missing.length > 0) {
      const { coPartitions } = planPartitions(table, before);
      const specs = missing.map((topic) =>
        topic.isCoPartitioned ? { ...topic, partitions: coPartitions } : topic,
      );
      await retryTransient(() => createTopics(admin, specs, replicationFactor), START_PATIENCE_MS);
      // Until each partition has a leader that answers, the first reads and writes would fail.
      await untilReadable(
        kafka,
        missing.map(({ name }) => name),
      );
      logger.info({ topics: missing.map((topic) => topic.name) }, 'topics.created');
    }
    // Read again: another process may have made some of them, or more partitions.
    const actual = await fetchPartitionCounts(
      admin,
      table.map(({ name }) => name),
    );
    await raisePartitions(admin, planPartitions(table, actual), logger);
    const raised = planPartitions(table, actual).coPartitions;
    const specs = new Map(table.map((topic) => [topic.name, topic]));
    return {
      wasThere: (topic) => existing.has(topic),
      of(topic) {
        const spec = specs.get(topic);
        invariant(spec, `${topic} is in the table of topics`);
        const count = actual.get(topic) ?? spec.partitions;
        return spec.isCoPartitioned ? Math.max(count, raised) : hashedPartitions(spec, count);
      },
    };
  });
}

/** Resolves when each partition has a leader that says what it holds. */
async function untilReadable(kafka: KafkaConnection, topics: readonly string[]): Promise<void> {
  const connections = new BrokerConnections(kafka);
  try {
    const bounds = new LogBounds(connections);
    await retryTransient(() => bounds.of(topics, READ_UNCOMMITTED), START_PATIENCE_MS);
  } finally {
    await connections.close();
  }
}

/** Partition counts of topics that exist. */
export async function fetchPartitionCounts(
  admin: Admin,
  topics: readonly string[],
): Promise<ReadonlyMap<string, number>> {
  // Asked for no topic in particular, kafkajs answers for all of them.
  if (topics.length === 0) return new Map();
  const found = await retryTransient(
    () => admin.fetchTopicMetadata({ topics: [...topics] }),
    START_PATIENCE_MS,
  );
  return new Map(found.topics.map(({ name, partitions }) => [name, partitions.length]));
}

/** Adds the partitions that a plan asks for, and logs what is not as the settings say. */
export async function raisePartitions(
  admin: Admin,
  { coPartitions, raised, followed }: PartitionPlan,
  logger: Logger,
): Promise<void> {
  if (followed.length > 0) {
    const say = `set PARTITIONS=${coPartitions}`;
    logger.warn({ topics: followed, partitions: coPartitions, say }, 'topics.larger-than-settings');
  }
  for (const { topic, to: count } of raised) {
    await admin
      .createPartitions({ topicPartitions: [{ topic, count }], timeout: 10_000 })
      .catch((error: unknown) => {
        // Another process was quicker.
        if (errorTypeOf(error) !== 'INVALID_PARTITIONS') throw error;
      });
  }
  if (raised.length === 0) return;
  await untilPartitionsAreKnown(admin, raised);
  for (const { topic } of raised) await fetchBounds(admin, topic);
  const topics = raised.map(({ topic, from }) => `${topic} (${from})`);
  logger.warn({ topics, to: coPartitions, meaning: RAISED_MEANING }, 'topics.partitions-raised');
}

/** The controller answers before the broker that is asked next has heard of the partitions. */
async function untilPartitionsAreKnown(
  admin: Admin,
  raised: PartitionPlan['raised'],
): Promise<void> {
  const topics = raised.map(({ topic }) => topic);
  const areKnown = async () => {
    const counts = await fetchPartitionCounts(admin, topics);
    return raised.every(({ topic, to }) => (counts.get(topic) ?? 0) >= to);
  };
  await pollUntil(areKnown, { everyMs: KNOWN_POLL_MS, deadlineMs: Date.now() + KNOWN_WITHIN_MS });
}

async function createTopics(
  admin: Admin,
  missing: readonly TopicSpec[],
  replicationFactor: number,
): Promise<void> {
  // With three copies a write needs two of them, so the loss of one broker loses nothing.
  const minInSync = String(Math.max(1, replicationFactor - 1));
  await admin
    .createTopics({
      // kafkajs' own wait gives up at the first broker that has not heard of the topic yet.
      waitForLeaders: false,
      topics: missing.map((topic) => ({
        topic: topic.name,
        numPartitions: topic.partitions,
        replicationFactor,
        configEntries: Object.entries({
          'min.insync.replicas': minInSync,
          ...topic.settings,
        }).map(([name, value]) => ({ name, value })),
      })),
    })
    .catch((error: unknown) => {
      const failures = failuresIn(error);
      if (failures.length > 0) throw failures[0];
    });
}

/** Another process was quicker with some of them; createTopics still makes the others. */
function failuresIn(error: unknown): unknown[] {
  const errors =
    error instanceof Error && 'errors' in error && Array.isArray(error.errors)
      ? (error.errors as unknown[])
      : [error];
  return errors.filter((one) => errorTypeOf(one) !== 'TOPIC_ALREADY_EXISTS');
}

/**
 * The retry topics that exist, those of an earlier schedule included: records may still wait
 * in a topic that the present settings no longer name.
 */
export async function listRetryTopics(
  kafka: KafkaConnection,
  { retryPrefix }: { readonly retryPrefix: string },
): Promise<readonly string[]> {
  const all = await withAdmin(kafka, (admin) => admin.listTopics());
  return all.filter((topic) => topic.startsWith(retryPrefix)).sort();
}
