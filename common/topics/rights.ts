import type { Config } from '../config/config.ts';
import type { Operation, Rights } from '../kafka/admin/rights.ts';
import { topicNames, topicTable } from './topics.ts';
import type { TopicNames } from './topics.ts';

/**
 * Roles that work with Kafka. The tools `replay`, `redrive` and `reset` need what a console does.
 */
export const KAFKA_ROLES = ['producer', 'consumer', 'console'] as const;
export type KafkaRole = (typeof KAFKA_ROLES)[number];

interface Access {
  readonly reads: readonly string[];
  readonly writes: readonly string[];
  readonly deletes?: readonly string[];
  readonly others: readonly Rights[];
}

/**
 * Returns what a role must be allowed in Kafka, and no more than that. Every topic may be seen by
 * every role, as the one that starts first makes those that are missing.
 */
export function rightsOf(role: KafkaRole, config: Config): readonly Rights[] {
  const names = topicNames(config.TOPIC_PREFIX);
  const { reads, writes, deletes = [], others } = ACCESS[role](names, config);
  const isOf = (list: readonly string[], topic: string) =>
    list.includes(topic) || (list.includes(RETRIES) && topic.startsWith(names.retryPrefix));
  const topics = topicTable(config).map(({ name }): Rights => {
    const operations: Operation[] = [];
    if (isOf(reads, name)) operations.push('Read');
    if (isOf(writes, name)) operations.push('Write');
    if (isOf(deletes, name)) operations.push('Delete');
    return { kind: 'topic', name, operations: operations.length > 0 ? operations : ['Describe'] };
  });
  return [...topics, ...others];
}

/** Stands for all retry topics in a list. */
const RETRIES = '*-retry-*';

const group = (name: string, ...operations: Operation[]): Rights => {
  return { kind: 'group', name, operations };
};
const groups = (name: string, ...operations: Operation[]): Rights => {
  return { ...group(name, ...operations), isPrefix: true };
};
const transactionalId = (name: string, isPrefix: boolean): Rights => {
  return { kind: 'transactional-id', name, isPrefix, operations: ['Write'] };
};
const ingestIds = (names: TopicNames) =>
  transactionalId(names.ingestTransactionalId(0).slice(0, -1), true);
const erasureIds = (names: TopicNames) =>
  transactionalId(names.userKeysTransactionalId(0).slice(0, -1), true);

const ACCESS: Readonly<Record<KafkaRole, (names: TopicNames, config: Config) => Access>> = {
  producer: (names) => ({
    reads: [
      ...[names.files, names.fileProgress, names.idempotency, names.subscriptions],
      names.userKeys,
    ],
    writes: [
      ...[...names.lanes, names.files, names.fileProgress, names.idempotency, names.consumers],
      names.userKeys,
    ],
    others: [
      group(names.fileGroup, 'Read'),
      group(names.deliveryGroup, 'Describe'),
      ingestIds(names),
    ],
  }),
  consumer: (names) => ({
    // The attempts are read for what an owner that was killed has delivered.
    reads: [
      ...[...names.lanes, RETRIES, names.subscriptions, names.attempts, names.consumers],
      ...[names.cancelledFiles, names.userKeys],
    ],
    writes: [
      ...[RETRIES, names.deadLetters, names.attempts, names.consumers],
      // A consumer disables subscriptions, and tells those who subscribe to that.
      ...[names.subscriptions, names.deliveries],
      // A copy of another program's record may be the first body of its user.
      names.userKeys,
    ],
    others: [
      group(names.deliveryGroup, 'Read'),
      groups(names.cursorGroupPrefix, 'Read', 'Delete'),
      transactionalId(names.subscriptionTransactionalId(''), true),
    ],
  }),
  console: (names, { USER_KEYS }) => ({
    reads: [
      ...[...names.lanes, RETRIES, names.deadLetters, names.attempts, names.consumers],
      ...[names.subscriptions, names.fileProgress, names.redriveProgress, names.replays],
      ...[names.cancelledFiles, names.userKeys],
    ],
    writes: [
      ...[...names.lanes, names.subscriptions, names.redriveProgress, names.replays],
      // A file is cancelled in the place of its reader, whose transactional id fences that out.
      ...[names.fileProgress, names.cancelledFiles],
      // The state of the alerts.
      names.consumers,
      names.userKeys,
    ],
    // An erasure deletes the beginning of the log.
    deletes: [names.userKeys],
    others: [
      group(names.consoleGroup, 'Read'),
      group(names.deliveryGroup, 'Read'),
      groups(names.cursorGroupPrefix, 'Read', 'Delete'),
      ingestIds(names),
      transactionalId(names.alertsTransactionalId, false),
      transactionalId(names.redriveTransactionalId, false),
      transactionalId(names.replayTransactionalId(''), true),
      transactionalId(names.subscriptionTransactionalId(''), true),
      ...(USER_KEYS === 'on' ? [erasureIds(names)] : []),
    ],
  }),
};
