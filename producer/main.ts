import { prepareDataDirs } from '../common/config/data-dirs.ts';
import { DeliveryLimits } from '../common/topics/delivery-limits.ts';
import { createHttpApp } from '../common/http/app.ts';
import { OPEN_PATHS, addDocs } from '../common/http/docs/docs.ts';
import { serveHttp } from '../common/http/serve.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { createPublisher } from '../common/kafka/produce/publisher.ts';
import { filePartitions } from '../common/topics/file-partitions.ts';
import { openTopics } from '../common/topics/topic-watch.ts';
import { ownClientId } from '../common/kafka/client/own-process.ts';
import { runRole } from '../common/process/run-role.ts';
import { topicNames } from '../common/topics/topics.ts';
import { openBodyKeys } from '../common/user-keys/open-user-keys.ts';
import { openTracing } from '../common/tracing/open-tracing.ts';
import { createAnnounce } from './file/announcement.ts';
import { removeAbandonedUploads } from './clean-up.ts';
import { whyNotReady } from './readiness.ts';
import { addRoutes } from '../common/http/route.ts';
import { producerRoutes } from './http/routes.ts';
import { completeDocument, forwardToConsole, whyRestNotReady } from './http/console-proxy.ts';
import { addDeliveryRoutes } from './http/delivery-routes.ts';
import { traceRequests } from './http/request-span.ts';
import { s3Events } from './http/s3-events.ts';
import { upload } from './http/upload.ts';
import { startIngest } from './ingest.ts';
import { createNewId } from './new-id.ts';
import {
  addBucketMetrics,
  addGateMetrics,
  countingGate,
  createProducerMetrics,
} from './metrics.ts';

await runRole('producer', async (role) => {
  const { config, logger, registry, open } = role;
  const names = topicNames(config.TOPIC_PREFIX);
  const dirs = prepareDataDirs(config, ['inbox', 'processing', 'done', 'failed']);
  await removeAbandonedUploads(dirs);
  const kafka = connectKafka(config, logger, ownClientId('producer', config.INSTANCE_NAME));
  const { counts, watch } = await openTopics({ ...role, kafka, as: 'producer' });

  // Deliveries that come by HTTP come one at a time.
  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  const partitions = filePartitions(counts, names);
  const announce = createAnnounce({ publisher, topic: names.files, partitions });
  const newId = createNewId();
  const tracing = await openTracing('producer', role);
  const metrics = createProducerMetrics(registry);
  const limits = new DeliveryLimits({ ...role, kafka });
  await limits.start();
  // An operator may allow more, or less, while all runs.
  watch.onLook(() => void limits.topics.read());
  const bodyKeys = await openBodyKeys({ ...role, kafka, topic: names.userKeys, publisher, counts });
  const shared = { ...role, kafka, newId, counts, watch, limits, bodyKeys };
  const ingest = { ...shared, dirs, announce, publisher, metrics, tracing };
  const { gates, files, buckets } = await startIngest({ ...ingest, filePartitions: partitions });
  addGateMetrics(registry, gates);
  if (buckets.watcher) addBucketMetrics(registry, buckets.watcher);

  // Set by the supervisor: the console then stands behind our port, and its word counts too.
  const consoleUrl = process.env['CONSOLE_URL'];
  const ready = async () => {
    const nowMs = Date.now();
    const state = { brokerSeenAtMs: gates.measuredAtMs, stuckMs: files.stuckMs(nowMs) };
    return whyNotReady(state, nowMs) ?? (consoleUrl ? whyRestNotReady(consoleUrl) : null);
  };
  const app = createHttpApp({
    logger,
    apiKeys: config.API_KEYS,
    name: 'producer',
    openPaths: OPEN_PATHS,
    isForBrowsers: true,
    registry,
    ready,
  });
  const isAdmitting = () => gates.bulk.isOpen;
  const httpGate = countingGate(gates.live, (records) => metrics.accepted('http', records));
  addRoutes(app, [upload], {
    dirs,
    fileBytesMax: config.MAX_FILE_BYTES,
    newId,
    announce,
    isAdmitting,
    logger,
  });
  addRoutes(app, [s3Events], buckets);
  if (tracing) traceRequests(app, tracing);
  await addDeliveryRoutes(app, { ...shared, publisher, gate: httpGate });
  addDocs(app, producerRoutes, {
    isKeyNeeded: config.API_KEYS.length > 0,
    ...(consoleUrl && { complete: (own) => completeDocument(own, consoleUrl) }),
  });
  const closing = new AbortController();
  if (consoleUrl) forwardToConsole(app, consoleUrl, closing.signal);
  const { HOST: host, PORT: port } = config;
  const server = await serveHttp({ app, host, port, setting: 'PORT', logger });
  open.defer(() => server.close());
  open.defer(() => closing.abort());
  logger.info({ url: server.url, inbox: dirs.inbox }, 'producer.started');
});
