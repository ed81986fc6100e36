import type { Admin } from 'kafkajs';
import { AppError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { TopicNames, TopicSpec } from '../topics.ts';
import type { KafkaConnection } from './connection.ts';
import { errorTypeOf } from './error-type.ts';
import { fetchBounds } from './offsets.ts';
import { START_PATIENCE_MS, retryTransient } from './retry-transient.ts';

/** Opens an admin client for the length of one piece of work. */
export async function withAdmin<Result>(
  kafka: KafkaConnection,
  work: (admin: Admin) => Promise<Result>,
): Promise<Result> {
  const admin = kafka.client.admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/**
 * Creates the topics that are missing and leaves the others as they are. Safe to run from
 * several processes at once.
 *
 * @throws AppError topic_mismatch  a topic has another partition count than the settings ask
 *         for: keys would move between partitions, so that is never done silently
 */
export async function ensureTopics(
  kafka: KafkaConnection,
  table: readonly TopicSpec[],
  replicationFactor: number,
  logger: Logger,
): Promise<void> {
  await withAdmin(kafka, async (admin) => {
    const existing = new Set(await admin.listTopics());
    const missing = table.filter((topic) => !existing.has(topic.name));
    if (missing.length > 0) {
      await retryTransient(
        () => createTopics(admin, missing, replicationFactor),
        START_PATIENCE_MS,
      );
      // Until each partition has a leader that answers, the first reads and writes would fail.
      for (const { name } of missing) await fetchBounds(admin, name, START_PATIENCE_MS);
      logger.info({ topics: missing.map((topic) => topic.name) }, 'topics.created');
    }
    await checkPartitionCounts(admin, table);
  });
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

async function checkPartitionCounts(admin: Admin, table: readonly TopicSpec[]): Promise<void> {
  const { topics } = await retryTransient(
    () => admin.fetchTopicMetadata({ topics: table.map((topic) => topic.name) }),
    START_PATIENCE_MS,
  );
  for (const { name, partitions } of topics) {
    const asked = table.find((topic) => topic.name === name);
    if (!asked || asked.partitions === partitions.length) continue;
    if (asked.mayHaveMore && partitions.length > asked.partitions) continue;
    throw new AppError(
      'topic_mismatch',
      `PARTITIONS: topic ${name} has ${partitions.length} partitions, and not ${asked.partitions}; set ` +
        `PARTITIONS as it was, or choose another TOPIC_PREFIX for a fresh set of topics`,
    );
  }
}

/**
 * The retry topics that exist, those of an earlier schedule included: records may still wait
 * in a topic that the present settings no longer name.
 */
export async function listRetryTopics(
  kafka: KafkaConnection,
  names: TopicNames,
): Promise<readonly string[]> {
  const all = await withAdmin(kafka, (admin) => admin.listTopics());
  return all.filter((topic) => topic.startsWith(names.retryPrefix)).sort();
}
