import type { Config } from '../config/config.ts';
import { retrySchedule } from '../config/retry-schedule.ts';
import type { TopicSpec } from '../kafka/admin/partition-plan.ts';

/** Every name in Kafka, derived from the prefix alone. */
export interface TopicNames {
  /** The live lane: what comes by HTTP, and what other programs write. */
  readonly deliveries: string;
  /** The bulk lane: rows of files, and the copies of replays and redrives. */
  readonly bulkDeliveries: string;
  /** Both lanes, live first: every first attempt is in one of them. */
  readonly lanes: readonly string[];
  readonly deadLetters: string;
  readonly attempts: string;
  readonly subscriptions: string;
  /** State that consumers publish, by client id, and state of the inbox that producers publish. */
  readonly consumers: string;
  readonly files: string;
  readonly fileProgress: string;
  /** Files of which nothing more is sent, by id; every consumer follows it. */
  readonly cancelledFiles: string;
  /**
   * Offsets of the dead letters that have been put back: one record for each partition of the dead
   * letters.
   */
  readonly redriveProgress: string;
  /** State of each replay: window, filter, position. */
  readonly replays: string;
  /** Claims to idempotency keys, and what became of them. */
  readonly idempotency: string;
  /** Seeds, from which the keys of users are derived; there with USER_KEYS=on only. */
  readonly userKeys: string;
  readonly retry: (delayMs: number) => string;
  /** Prefix of the name of every retry topic. */
  readonly retryPrefix: string;
  readonly deliveryGroup: string;
  /**
   * Returns the group whose commits are the cursors of one endpoint: a subscription's id, or
   * `default`.
   */
  readonly cursorGroup: (endpoint: string) => string;
  /** Prefix of the name of every group that holds an endpoint's cursors. */
  readonly cursorGroupPrefix: string;
  readonly fileGroup: string;
  /** Scoped to a partition of `files`: a new owner of the partition fences the old one. */
  readonly ingestTransactionalId: (filesPartition: number) => string;
  /**
   * Transactional id of all redrives: of two redrives at once, the later one fences the earlier.
   */
  readonly redriveTransactionalId: string;
  /** Transactional id of a replay: a process that continues the replay fences the one before. */
  readonly replayTransactionalId: (replayId: string) => string;
  /** Transactional id of the console that reports conditions of the system. */
  readonly alertsTransactionalId: string;
  /**
   * Transactional id of a subscription: of two changes at once, the later one fences the earlier.
   */
  readonly subscriptionTransactionalId: (subscriptionId: string) => string;
  /** Transactional id of a partition of the user keys: of two erasures, the later one fences. */
  readonly userKeysTransactionalId: (partition: number) => string;
  /**
   * Group whose members divide, by partitions of `replays`, the work that only one console may do.
   */
  readonly consoleGroup: string;
}

export function topicNames(prefix: string): TopicNames {
  const deliveries = `${prefix}.deliveries`;
  const bulkDeliveries = `${deliveries}-bulk`;
  return {
    deliveries,
    bulkDeliveries,
    lanes: [deliveries, bulkDeliveries],
    deadLetters: `${deliveries}-dlt`,
    attempts: `${prefix}.attempts`,
    subscriptions: `${prefix}.subscriptions`,
    consumers: `${prefix}.consumers`,
    files: `${prefix}.files`,
    fileProgress: `${prefix}.file-progress`,
    cancelledFiles: `${prefix}.cancelled-files`,
    redriveProgress: `${prefix}.redrive-progress`,
    replays: `${prefix}.replays`,
    idempotency: `${prefix}.idempotency`,
    userKeys: `${prefix}.user-keys`,
    retry: (delayMs) => `${deliveries}-retry-${delayMs}`,
    retryPrefix: `${deliveries}-retry-`,
    deliveryGroup: `${prefix}.delivery`,
    cursorGroup: (endpoint) => `${prefix}.delivery.${endpoint}`,
    cursorGroupPrefix: `${prefix}.delivery.`,
    fileGroup: `${prefix}.file-ingest`,
    ingestTransactionalId: (filesPartition) => `${prefix}.ingest-${filesPartition}`,
    redriveTransactionalId: `${prefix}.redrive`,
    replayTransactionalId: (replayId) => `${prefix}.replay-${replayId}`,
    alertsTransactionalId: `${prefix}.alerts`,
    subscriptionTransactionalId: (id) => `${prefix}.subscription-${id}`,
    userKeysTransactionalId: (partition) => `${prefix}.user-keys-${partition}`,
    consoleGroup: `${prefix}.console`,
  };
}

/** Room for the largest body plus its headers. */
const RECORD_MAX_BYTES = String(2 * 1024 ** 2);
/**
 * The limit is larger, because a record gains headers on its way and must fit into the next topic.
 */
const HANDED_OFF_MAX_BYTES = String(4 * 1024 ** 2);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;
const FOR_EVER = '-1';
/** Number of partitions of deliveries that log their attempts to one partition of the attempts. */
const DELIVERIES_PER_ATTEMPTS = 12;

/**
 * How many partitions the attempts share. Each costs every consumer a request every few
 * milliseconds, and one takes the attempts of a large fleet.
 */
export function attemptsPartitions({ PARTITIONS }: Pick<Config, 'PARTITIONS'>): number {
  return Math.ceil(PARTITIONS / DELIVERIES_PER_ATTEMPTS);
}

/**
 * Seeds of keys are kept until their user is erased, and by nothing else. Erasures delete the
 * beginning of a log, which Kafka refuses where it compacts; its files go with their segments.
 */
const USER_KEY_SETTINGS = {
  'cleanup.policy': 'delete',
  'retention.ms': FOR_EVER,
  'retention.bytes': FOR_EVER,
  'segment.ms': '600000',
};

/** The topics in which deliveries wait, by lane: those of retries hold deliveries of both. */
export function waitingTopics(config: Config): {
  readonly live: readonly string[];
  readonly all: readonly string[];
} {
  const { deliveries, bulkDeliveries, retry } = topicNames(config.TOPIC_PREFIX);
  const live = [deliveries, ...new Set(retrySchedule(config).map(retry))];
  return { live, all: [...live, bulkDeliveries] };
}

/** Value of `retention.ms`; null is for ever. */
const retention = (ms: number | null) => (ms === null ? FOR_EVER : String(ms));
/** Kafka refuses these for a compacted topic, and seeds of keys must not be copied elsewhere. */
const OF_TIERED_STORAGE = /^(remote|local)\./;

/** The table of topics: the only place that knows how each is kept. */
export function topicTable(config: Config): readonly TopicSpec[] {
  return ownTable(config).map((spec) => {
    const isCompacted = spec.settings['cleanup.policy'] !== undefined;
    const given = Object.entries(config.TOPIC_SETTINGS);
    const usable = given.filter(([name]) => !isCompacted || !OF_TIERED_STORAGE.test(name));
    return { ...spec, settings: { ...Object.fromEntries(usable), ...spec.settings } };
  });
}

function ownTable(config: Config): readonly TopicSpec[] {
  const names = topicNames(config.TOPIC_PREFIX);
  const topic = (name: string, settings: Record<string, string>): TopicSpec => ({
    name,
    partitions: config.PARTITIONS,
    settings,
  });
  const coPartitioned = (name: string, settings: Record<string, string>): TopicSpec => ({
    ...topic(name, settings),
    isCoPartitioned: true,
  });
  const distinctDelays = [...new Set(retrySchedule(config))];
  return [
    ...names.lanes.map((name) =>
      coPartitioned(name, {
        'retention.ms': retention(config.EVENT_RETENTION),
        'max.message.bytes': RECORD_MAX_BYTES,
      }),
    ),
    // Retention by time is off, because the records that wait here have not been delivered yet.
    ...distinctDelays.map((delayMs) =>
      coPartitioned(names.retry(delayMs), {
        'retention.ms': FOR_EVER,
        'max.message.bytes': HANDED_OFF_MAX_BYTES,
      }),
    ),
    coPartitioned(names.deadLetters, {
      'retention.ms': retention(config.DEAD_LETTER_RETENTION),
      'max.message.bytes': HANDED_OFF_MAX_BYTES,
    }),
    {
      name: names.attempts,
      partitions: attemptsPartitions(config),
      settings: { 'retention.ms': String(config.LOG_RETENTION_HOURS * HOUR_MS) },
    },
    topic(names.subscriptions, { 'cleanup.policy': 'compact' }),
    // A few minutes after the final status of a consumer even its tombstone may go.
    topic(names.consumers, { 'cleanup.policy': 'compact', 'delete.retention.ms': '600000' }),
    topic(names.files, { 'retention.ms': FOR_EVER }),
    topic(names.fileProgress, { 'cleanup.policy': 'compact' }),
    // A person cancels a file now and then: one partition takes all.
    { name: names.cancelledFiles, partitions: 1, settings: { 'cleanup.policy': 'compact' } },
    // Redrives by filter leave gaps, so a state may be long; small segments are compacted soon.
    coPartitioned(names.redriveProgress, {
      'cleanup.policy': 'compact',
      'max.message.bytes': String(8 * 1024 ** 2),
      'segment.bytes': String(16 * 1024 ** 2),
    }),
    // A replay that ended expires together with what it copied; one that runs is written again all
    // the time.
    topic(names.replays, {
      'cleanup.policy': 'compact,delete',
      'retention.ms': String(30 * DAY_MS),
      'segment.bytes': String(16 * 1024 ** 2),
    }),
    // Keys are kept for 24 hours. Whether a claim is too old, the broker's clock alone decides.
    topic(names.idempotency, {
      'retention.ms': String(25 * HOUR_MS),
      'segment.ms': String(HOUR_MS),
      'message.timestamp.type': 'LogAppendTime',
    }),
    ...(config.USER_KEYS === 'on' ? [topic(names.userKeys, USER_KEY_SETTINGS)] : []),
  ];
}
