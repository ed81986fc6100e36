import { randomBytes } from 'node:crypto';
import { dataDirs, makeDataDirs } from '../common/data-dirs.ts';
import { createHttpApp } from '../common/http/app.ts';
import { OPEN_PATHS, addDocs } from '../common/http/docs/docs.ts';
import { serveHttp } from '../common/http/serve.ts';
import { connectKafka } from '../common/kafka/connection.ts';
import { createPublisher } from '../common/kafka/publisher.ts';
import { ensureTopics } from '../common/kafka/topic-admin.ts';
import { runRole } from '../common/run-role.ts';
import { topicNames, topicTable } from '../common/topics.ts';
import { createAnnounce } from './announcement.ts';
import { removeAbandonedUploads } from './clean-up.ts';
import { whyNotReady } from './decide/readiness.ts';
import { producerRoutes } from './http/api.ts';
import { completeDocument, forwardRest, whyRestNotReady } from './http/forward.ts';
import { addDeliveryRoutes } from './http/delivery-routes.ts';
import { addUpload } from './http/upload.ts';
import { startIngest } from './ingest.ts';
import { createNewId } from './new-id.ts';
import { addGateMetrics, countingGate, createProducerMetrics } from './metrics.ts';

await runRole('producer', async (role) => {
  const { config, logger, registry, open } = role;
  const names = topicNames(config.TOPIC_PREFIX);
  const dirs = dataDirs(config.DATA_DIR);
  makeDataDirs(dirs);
  await removeAbandonedUploads(dirs);
  const kafka = connectKafka(config, logger, `hookline-producer-${randomBytes(4).toString('hex')}`);
  await ensureTopics(kafka, topicTable(config), config.REPLICATION_FACTOR, logger);

  // What comes by HTTP comes singly.
  const publisher = createPublisher({ kafka, logger, inRounds: true });
  open.defer(() => publisher.close());
  const { PARTITIONS: partitions, MAX_FILE_BYTES: fileBytesMax } = config;
  const announce = createAnnounce({ publisher, topic: names.files, partitions });
  const newId = createNewId();
  const metrics = createProducerMetrics(registry);
  const ingest = { ...role, kafka, dirs, newId, announce, publisher, metrics };
  const { gate, files } = await startIngest(ingest);
  addGateMetrics(registry, gate);

  // Set by the supervisor: the console then stands behind our port, and its word counts too.
  const consoleUrl = process.env['CONSOLE_URL'];
  const ready = async () => {
    const nowMs = Date.now();
    const state = { brokerSeenAtMs: gate.measuredAtMs, stuckMs: files.stuckMs(nowMs) };
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
  const isAdmitting = () => gate.isOpen;
  const httpGate = countingGate(gate, (records) => metrics.accepted('http', records));
  addUpload(app, { dirs, fileBytesMax, newId, announce, isAdmitting, logger });
  await addDeliveryRoutes(app, { ...role, kafka, publisher, gate: httpGate, newId });
  addDocs(app, producerRoutes, {
    isKeyNeeded: config.API_KEYS.length > 0,
    ...(consoleUrl && { complete: (own) => completeDocument(own, consoleUrl) }),
  });
  if (consoleUrl) forwardRest(app, consoleUrl);
  const { HOST: host, PORT: port } = config;
  const server = await serveHttp({ app, host, port, setting: 'PORT', logger });
  open.defer(() => server.close());
  logger.info({ url: server.url, inbox: dirs.inbox }, 'producer.started');
});
