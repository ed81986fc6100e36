import { prepareDataDirs } from '../common/config/data-dirs.ts';
import { parseFileProgress } from '../common/model/file-progress.ts';
import { Recipients } from '../common/subscriptions/fan-out.ts';
import { createHttpApp } from '../common/http/app.ts';
import type { HttpApp } from '../common/http/http-env.ts';
import { OPEN_PATHS, addDocs } from '../common/http/docs/docs.ts';
import { addRoutes } from '../common/http/route.ts';
import { serveHttp } from '../common/http/serve.ts';
import { openRoleTable } from '../common/kafka/consume/compacted-table.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import type { KafkaConnection } from '../common/kafka/client/connection.ts';
import { openPartitionReader } from '../common/kafka/consume/partition-reader.ts';
import { openCursorStore } from '../common/kafka/consume/cursor-store.ts';
import { openGroupView } from '../common/kafka/admin/group-view.ts';
import { namesWithSources } from '../common/sources/names-with-sources.ts';
import { readingSources } from '../common/sources/source-reader.ts';
import { Sources } from '../common/sources/sources.ts';
import { openTopics } from '../common/topics/topic-watch.ts';
import type { TopicWatch } from '../common/topics/topic-watch.ts';
import type { SubscriptionTable } from '../common/subscriptions/default-endpoint.ts';
import { knowingKeys, opening } from '../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../common/user-keys/body-keys.ts';
import { ownClientId } from '../common/kafka/client/own-process.ts';
import { runRole } from '../common/process/run-role.ts';
import type { Role } from '../common/process/run-role.ts';
import { senderOptions } from '../common/send/sender-options.ts';
import { topicNames } from '../common/topics/topics.ts';
import { consoleRoutes } from './routes.ts';
import { openAlerts } from './alerts/open-alerts.ts';
import { AttemptsView } from './ledgers/attempts-view.ts';
import { ClusterWatch } from './cluster/cluster-watch.ts';
import { followConsumedTopics } from './cluster/consumed-topics.ts';
import { openConsumers } from './cluster/consumers.ts';
import { openDeliverAgain } from './deliver-again.ts';
import { whyNotReady } from './status/readiness.ts';
import { openDeliveryLog } from './delivery-log/open-delivery-log.ts';
import { openForecast } from './forecast/open-forecast.ts';
import { openLog } from './log/open-log.ts';
import { WarmUp } from './status/warm-up.ts';
import { addSystemMetrics } from './status/metrics.ts';
import { addPage } from './dashboard/page.ts';
import { resetRoutes } from './reset/routes.ts';
import { parseRanges } from './republish/offset-ranges.ts';
import { openFiles } from './files/open-files.ts';
import { openSourceRoutes } from './sources/open-sources.ts';
import { openStatus } from './status/open-status.ts';
import { openSubscriptions } from './subscriptions/open-subscriptions.ts';
import { userRoutes } from './users/routes.ts';
import { openKeys } from './users/open-keys.ts';
import { openUnfinished } from './unfinished/open-unfinished.ts';

await runRole('console', async (role) => {
  const { config, logger, registry, open, fail } = role;
  // A certificate that cannot be used ends the process before anything is opened.
  const sending = senderOptions(config);
  const late: { sources?: Sources } = {};
  const names = namesWithSources(topicNames(config.TOPIC_PREFIX), () => late.sources);
  const { inbox } = prepareDataDirs(config, ['log']);
  const kafka = connectKafka(config, logger, ownClientId('console', config.INSTANCE_NAME));
  const { counts, watch } = await openTopics({ ...role, kafka, as: 'console' });

  const tables = { ...role, kafka, names, counts };
  const keys = await openKeys(tables);
  const progress = await openRoleTable(tables, names.fileProgress, parseFileProgress);
  const redriven = await openRoleTable(tables, names.redriveProgress, parseRanges);
  const attempts = new AttemptsView();
  open.defer(() => attempts.close());
  await attempts.start({ kafka, topic: names.attempts, logger, onFatal: fail });

  const view = await openGroupView(kafka, names.deliveryGroup);
  open.defer(() => view.close());
  const cursors = await openCursorStore({ kafka, groupPrefix: names.cursorGroupPrefix, logger });
  open.defer(() => cursors.close());
  const topics = await followConsumedTopics({ ...role, kafka, names });
  const cluster = new ClusterWatch({
    ...{ view, cursors, redriven, topics, watch, logger },
    ...{ lanes: () => names.lanes, deadLetters: names.deadLetters },
  });
  cluster.start();
  open.defer(() => cluster.close());

  const consumers = await openConsumers({ ...role, kafka, names, cluster });
  const notReady = () => notReadyNow(cluster, attempts, consumers.alarms());
  const app = createHttpApp({
    logger,
    apiKeys: config.API_KEYS,
    name: 'console',
    openPaths: OPEN_PATHS,
    isForBrowsers: true,
    registry,
    ready: async () => {
      await cluster.refresh();
      return notReady();
    },
  });
  addPage(app);
  const closing = new AbortController();
  const fetchLag = () => view.lag(topics().filter((topic) => !late.sources?.has(topic)));
  const views = { progress, attempts, cluster, consumers, signal: closing.signal };
  const parts = { ...tables, ...keys, ...views, app, redriven, fetchLag };
  const subscriptions = await openSubscriptions({ ...parts, sending, view, cursors, watch, late });
  const { sources, rawReader, reader } = await openSources({ ...parts, subscriptions, watch });
  late.sources = sources;
  const again = await openDeliverAgain({ ...parts, subscriptions, sources, view });
  openAlerts({ ...parts, ...again, subscriptions, watch });
  const recipients = recipientsOf({ ...parts, subscriptions, watch, sources });
  const found = { view, cursors, reader, subscriptions, recipients, progress };
  addRoutes(app, resetRoutes, { ...parts, ...found, consumed: topics });
  const unfinished = openUnfinished({ ...parts, ...found });
  const log = await openDeliveryLog({ ...parts, ...found, unfinished, ...again });
  openLog({ ...parts, ...found, ...again, rawReader, finder: log.finder, consumed: topics });
  // The views are filled in the background: people see the figures grow, marked as loading, instead
  // of waiting.
  const readers = [progress, redriven, attempts, ...again.readers, subscriptions, log.follower];
  const warmUp = new WarmUp({ ...parts, readers });
  const states = { subscriptions, sources, warmUp, notReady };
  const status = await openStatus({ ...parts, ...states, inbox, ...again, store: log.store });
  openSourceRoutes({ ...parts, ...status, sources, subscriptions, view, watch });
  addSystemMetrics(registry, { ...status, redriven });
  openFiles({ ...parts, status, unfinished });
  addRoutes(app, userRoutes, parts);
  openForecast({ app, open, parts: status });
  addDocs(app, consoleRoutes, { isKeyNeeded: config.API_KEYS.length > 0 });
  const url = await listen(role, app);
  open.defer(() => closing.abort());
  logger.info({ url }, 'console.started');
});

/** Serves the app until the process ends. @returns its URL */
async function listen({ config, logger, open }: Role, app: HttpApp): Promise<string> {
  const { HOST: host, CONSOLE_PORT: port } = config;
  const server = await serveHttp({ app, host, port, setting: 'CONSOLE_PORT', logger });
  open.defer(() => server.close());
  return server.url;
}

/** The topics of the user's whose records are events, and readers of the log that know them. */
async function openSources(deps: SourceDeps) {
  const { config, kafka, subscriptions: table, watch, bodyKeys, logger, open } = deps;
  const sources = new Sources({ config, table, watch });
  await watch.lookQuietly();
  const rawReader = await openPartitionReader({ kafka, logger });
  open.defer(() => rawReader.close());
  const reader = knowingKeys(readingSources(rawReader, sources), bodyKeys);
  return { sources, rawReader, reader };
}

function recipientsOf({
  subscriptions,
  watch,
  bodyKeys,
  sources,
}: SourceDeps & { readonly sources: Sources }): Recipients {
  const idOf = (topic: string) => watch.idOf(topic);
  const lifeOf = (topic: string) => sources.lifeOf(topic);
  return new Recipients(subscriptions, idOf, opening(bodyKeys), lifeOf);
}

interface SourceDeps extends Role {
  readonly bodyKeys: BodyKeys;
  readonly kafka: KafkaConnection;
  readonly subscriptions: SubscriptionTable;
  readonly watch: TopicWatch;
}

/** Why the system does not do its work now; null: it does. */
function notReadyNow(
  cluster: ClusterWatch,
  { attemptReadAtMs }: AttemptsView,
  alarms: readonly string[],
) {
  const { seenAtMs: brokerSeenAtMs, missingTopic, deliveriesLag, retriesLag } = cluster;
  const progressedAtMs = Math.max(cluster.committedAtMs, attemptReadAtMs);
  const members = cluster.members.length;
  const lags = { deliveriesLag, retriesLag };
  const state = { brokerSeenAtMs, missingTopic, ...lags, members, progressedAtMs, alarms };
  return whyNotReady(state, Date.now());
}
