import { createHttpApp } from '../common/http/app.ts';
import { serveHttp } from '../common/http/serve.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import type { KafkaConnection } from '../common/kafka/client/connection.ts';
import { openRoleTable } from '../common/kafka/consume/compacted-table.ts';
import { openCursorStore } from '../common/kafka/consume/cursor-store.ts';
import { openGroupView } from '../common/kafka/admin/group-view.ts';
import type { GroupView } from '../common/kafka/admin/group-view.ts';
import { joinGroup } from '../common/kafka/consume/group.ts';
import { openPartitionReader } from '../common/kafka/consume/partition-reader.ts';
import { listRetryTopics } from '../common/kafka/admin/topic-admin.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import type { PartitionCounts } from '../common/kafka/admin/topic-admin.ts';
import { parseFileCancellation } from '../common/model/file-cancellation.ts';
import { readingSources } from '../common/sources/source-reader.ts';
import type { Sources } from '../common/sources/sources.ts';
import { openTopics } from '../common/topics/topic-watch.ts';
import { retrySchedule } from '../common/config/retry-schedule.ts';
import { ownClientId } from '../common/kafka/client/own-process.ts';
import { runRole } from '../common/process/run-role.ts';
import type { Role } from '../common/process/run-role.ts';
import { senderOptions } from '../common/send/sender-options.ts';
import { topicNames } from '../common/topics/topics.ts';
import { knowingKeys } from '../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../common/user-keys/body-keys.ts';
import { openBodyKeys } from '../common/user-keys/open-user-keys.ts';
import { openTracing } from '../common/tracing/open-tracing.ts';
import { openEndpoints } from './endpoint/open-endpoints.ts';
import { AttemptLog } from './outcome/attempt-log.ts';
import { BegunLogs } from './log/begun-logs.ts';
import { readDelivered } from './partition/delivered-before.ts';
import type { Orphan } from './partition/delivered-before.ts';
import { Engine } from './engine.ts';
import { CancelledFiles } from './schedule/cancelled-files.ts';
import { openLogHistory } from './log/log-history.ts';
import { consumedTopics, followSources, lookNow, openSources } from './log/open-sources.ts';
import { partitionNotices } from './health/alarms.ts';
import { sourceNotices } from './health/source-notices.ts';
import { StatusPublisher } from './health/status-publisher.ts';
import type { SettledDeps } from './settled/settled-positions.ts';
import { SettledPositions } from './settled/settled-positions.ts';
import { OutcomeWriter } from './outcome/outcome-writer.ts';
import { countingAttempts, createConsumerMetrics } from './metrics.ts';

/**
 * Outcomes gather for so long. What is not written yet is not committed, and a crash repeats it;
 * each request costs the broker as much as several deliveries.
 *
 * @see docs/benchmarks-notes.md#what-held-it-back
 */
const OUTCOME_LINGER_MS = 20;
/** How long a stop waits for requests under way beyond the longest that one may take. */
const DRAIN_EXTRA_MS = 5_000;

// Each look-up of a name holds a thread of libuv until it is answered. There would be four: some
// name servers that do not answer would keep everybody's targets from being found.
process.env['UV_THREADPOOL_SIZE'] ??= '128';

await runRole('consumer', async (role) => {
  const { config, logger, registry, open, fail } = role;
  const names = topicNames(config.TOPIC_PREFIX);
  // A certificate that cannot be used ends the process before anything is opened.
  const sending = senderOptions(config);
  const owner = ownClientId('consumer', config.INSTANCE_NAME);
  const kafka = connectKafka(config, logger, owner);
  const { counts, watch } = await openTopics({ ...role, kafka, as: 'consumer' });

  const publisher = createPublisher({ kafka, logger, lingerMs: OUTCOME_LINGER_MS });
  open.defer(() => publisher.close());
  const view = await openGroupView(kafka, names.deliveryGroup);
  open.defer(() => view.close());

  let owned: readonly number[] = [];
  const to = { topic: names.consumers, partitions: counts.of(names.consumers) };
  const begunLogs = new BegunLogs({ kafka, publisher, logger, ...to });
  const hears: { engine?: Engine; sources?: Sources } = {};
  const lifeOf = (topic: string) => hears.sources?.lifeOf(topic) ?? '';
  const logs = await openLogHistory({
    ...{ kafka, watch, names, begunLogs, logger },
    beginOf: (topic, partition) => hears.sources?.beginOf(topic, partition) ?? null,
    lifeOf,
  });
  const metrics = createConsumerMetrics(registry, config, () => owned.length, logs.losses);
  const shared = { kafka, publisher, counts, names, logger };
  const bodyKeys = await openBodyKeys({ ...role, ...shared, topic: names.userKeys });
  const { attemptLog, outcomeWriter } = openOutcomes(role, { ...shared, bodyKeys, metrics });
  const { endpoints, recipients, subscriptions } = await openEndpoints({
    ...{ ...role, ...shared, watch, sending, bodyKeys, lifeOf },
    onReady: (endpoint) => hears.engine?.wake(endpoint),
    onNew: (subscription) => hears.engine?.subscribed(subscription),
  });

  const forSources = { table: subscriptions, watch, view, kafka, counts };
  const sources = (hears.sources = await openSources({ ...role, ...forSources }));

  const setShare = () => {
    const of = Math.max(watch.partitions, sources.partitionsMax);
    if (owned.length > 0) endpoints.setShare(shareOf(owned, of));
  };
  watch.onLook(setShare);
  const report = new StatusPublisher({ ...shared, ...to, clientId: owner });
  open.defer(() => report.close());
  const engine = new Engine({
    ...{ owner, logs, endpointsReported: Math.max(100, config.METRICS_ENDPOINTS) },
    ...{ endpoints, recipients, sources, outcomeWriter, bodyKeys },
    ...{ look: () => lookNow(forSources, sources), concurrency: config.CONCURRENCY },
    ...{ bulkTopic: names.bulkDeliveries, retentionMs: config.EVENT_RETENTION },
    openSettled: (partitions) => openSettled(role, { kafka, view, endpoints, partitions }),
    onShareChanged: (assignment) => {
      owned = [...new Set([...assignment.values()].flat())];
      setShare();
    },
    committed: (topics) => view.committed(topics),
    ...(await openLogs(role, { kafka, view, counts, sources, bodyKeys })),
    attemptsPendingSinceMs: () => attemptLog.pendingSinceMs,
    liveOwners: () => view.liveClientIds(),
    waitMsMax: config.DELIVERY_TIMEOUT_MS + DRAIN_EXTRA_MS,
    notices: () => [
      ...outcomeWriter.tooLarge.alarms(),
      ...partitionNotices(names.deliveries, watch),
      ...sourceNotices(sources),
    ],
    report: (state) => [report, metrics].forEach((one) => one.tell(state)),
    tracing: await openTracing('consumer', role),
    logger,
    onFatal: fail,
  });
  hears.engine = engine;
  watch.onLook(() => void engine.lookedAt((topic) => view.bounds(topic)));
  await join(role, { kafka, engine, sources });
  const started = { owner, target: config.WEBHOOK_URL, metrics: await serveMetrics(role) };
  logger.info(started, 'consumer.started');
});

/** The writers of what becomes of deliveries. */
function openOutcomes(
  { config }: Pick<Role, 'config'>,
  { names, counts, metrics, ...shared }: OutcomeDeps,
) {
  const { publisher } = shared;
  const attemptLog = new AttemptLog(publisher, names.attempts, counts.of(names.attempts));
  const counting = countingAttempts(attemptLog, metrics);
  const schedule = retrySchedule(config);
  const outcomeWriter = new OutcomeWriter({ ...shared, names, attemptLog: counting, schedule });
  return { attemptLog, outcomeWriter };
}

interface OutcomeDeps extends Pick<
  ConstructorParameters<typeof OutcomeWriter>[0],
  'names' | 'bodyKeys' | 'logger'
> {
  readonly publisher: ReturnType<typeof createPublisher>;
  readonly counts: PartitionCounts;
  readonly metrics: ReturnType<typeof createConsumerMetrics>;
}

/** @param partitions how many the largest topic has; the group may have noticed new ones before */
function shareOf(owned: readonly number[], partitions: number) {
  return { partitions: owned, of: Math.max(partitions, ...owned.map((number) => number + 1)) };
}

/** Becomes a member of the group, until the process ends. */
async function join(
  { config, logger, open, fail }: Role,
  { kafka, engine, sources }: { kafka: KafkaConnection; engine: Engine; sources: Sources },
) {
  const names = topicNames(config.TOPIC_PREFIX);
  const topics = await consumedTopics(kafka, config.TOPIC_PREFIX, sources);
  const group = await joinGroup({
    ...{ kafka, groupId: names.deliveryGroup, topics: topics() },
    handlers: engine,
    logger,
    onFatal: fail,
  });
  followSources(sources, group, topics);
  open.defer(async () => {
    await engine.drain(config.DELIVERY_TIMEOUT_MS + DRAIN_EXTRA_MS);
    await group.close();
  });
}

function openSettled(
  { config, logger }: Role,
  {
    kafka,
    view,
    ...more
  }: Pick<SettledDeps, 'endpoints' | 'partitions'> & Pick<LogDeps, 'kafka' | 'view'>,
) {
  const names = topicNames(config.TOPIC_PREFIX);
  return new SettledPositions({
    ...{ ...more, logger, retryPrefix: names.retryPrefix, lanes: names.lanes },
    retries: retrySchedule(config).length,
    retryTopics: () => listRetryTopics(kafka, names),
    boundsOf: (topics) => view.boundsOf(topics),
  });
}

interface LogDeps {
  readonly kafka: KafkaConnection;
  readonly view: GroupView;
  readonly counts: PartitionCounts;
  readonly sources: Sources;
  readonly bodyKeys: BodyKeys;
}

/**
 * Opens the readers of logs beside the group's: for endpoints that are behind, for the attempts of
 * dead owners, and for cancelled files.
 */
async function openLogs(role: Role, { kafka, view, counts, sources, bodyKeys }: LogDeps) {
  const { config, logger, open } = role;
  const { cursorGroupPrefix: groupPrefix, lanes, attempts } = topicNames(config.TOPIC_PREFIX);
  const cursors = await openCursorStore({ kafka, groupPrefix, logger });
  open.defer(() => cursors.close());
  const reader = await openPartitionReader({ kafka, logger });
  open.defer(() => reader.close());
  const attemptsAt = (atMs: number) => view.offsetsAt(attempts, atMs);
  const attemptLog = { reader, attemptsAt, topic: attempts, partitions: counts.of(attempts) };
  const delivered = (orphans: readonly Orphan[]) => readDelivered(attemptLog, orphans);
  const cancelledFiles = await openCancelledFiles({ ...role, kafka });
  const known = knowingKeys(readingSources(reader, sources), bodyKeys);
  return { cursors, reader: known, lanes, delivered, cancelledFiles };
}

/** Opens the cancelled files: all of them are known before the first row is sent. */
async function openCancelledFiles(
  role: Role & { readonly kafka: KafkaConnection },
): Promise<CancelledFiles> {
  const { cancelledFiles: topic } = topicNames(role.config.TOPIC_PREFIX);
  const table = await openRoleTable(role, topic, parseFileCancellation);
  await table.caughtUp();
  return new CancelledFiles(table);
}

/** @returns where `/metrics` and `/health/live` of this process are */
async function serveMetrics({ config, logger, registry, open }: Role): Promise<string> {
  const { HOST: host, METRICS_PORT: port, API_KEYS: apiKeys } = config;
  const app = createHttpApp({ logger, apiKeys, name: 'consumer', registry });
  const server = await serveHttp({ app, host, port, setting: 'METRICS_PORT', logger });
  open.defer(() => server.close());
  return `${server.url}/metrics`;
}
