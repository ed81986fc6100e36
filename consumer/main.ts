import { randomBytes } from 'node:crypto';
import { connectKafka } from '../common/kafka/connection.ts';
import { openGroupView } from '../common/kafka/group-view.ts';
import { joinGroup } from '../common/kafka/group.ts';
import { createPublisher } from '../common/kafka/publisher.ts';
import { ensureTopics, listRetryTopics } from '../common/kafka/topic-admin.ts';
import { retrySchedule } from '../common/retry-schedule.ts';
import { runRole } from '../common/run-role.ts';
import { signingKey } from '../common/signature.ts';
import { topicNames, topicTable } from '../common/topics.ts';
import { USER_AGENT } from '../common/version.ts';
import { Endpoint } from './deliver/endpoint.ts';
import { AttemptLog } from './engine/attempt-log.ts';
import { rateShare } from './engine/decide/share.ts';
import { Engine } from './engine/engine.ts';
import { Settler } from './engine/settler.ts';

/** How long a stop waits for requests under way beyond the longest that one may take. */
const DRAIN_EXTRA_MS = 5_000;

await runRole('consumer', async ({ config, logger, open, fail }) => {
  const names = topicNames(config.TOPIC_PREFIX);
  const owner = `hookline-consumer-${randomBytes(4).toString('hex')}`;
  const kafka = connectKafka(config, logger, owner);
  await ensureTopics(kafka, topicTable(config), config.REPLICATION_FACTOR, logger);

  const publisher = createPublisher({ kafka, logger });
  open.defer(() => publisher.close());
  const view = await openGroupView(kafka, names.deliveryGroup);
  open.defer(() => view.close());

  const isKeyOrdered = config.ORDERING === 'key';
  const settler = new Settler({
    publisher,
    attemptLog: new AttemptLog(publisher, names.attempts),
    names,
    schedule: retrySchedule(config),
    isKeyOrdered,
    logger,
  });
  const defaultEndpoint = new Endpoint(
    {
      id: null,
      url: config.WEBHOOK_URL,
      keys: config.WEBHOOK_SECRET === '' ? [] : [signingKey(config.WEBHOOK_SECRET)],
      userAgent: USER_AGENT,
      connections: config.CONCURRENCY,
      timeoutMs: config.DELIVERY_TIMEOUT_MS,
    },
    () => engine.wake(),
  );
  open.defer(() => defaultEndpoint.close());

  const engine = new Engine({
    owner,
    concurrency: config.CONCURRENCY,
    isKeyOrdered,
    settler,
    endpointFor: (subscription) => (subscription === null ? defaultEndpoint : null),
    onShareChanged: (assignment) => {
      const owned = assignment.get(names.deliveries)?.length ?? 0;
      const share = rateShare(config.RATE_LIMIT, owned, config.PARTITIONS);
      if (owned > 0) defaultEndpoint.setShare(share);
    },
    committed: (topic, partition) => view.committed(topic, partition),
    liveOwners: () => view.liveClientIds(),
    waitMsMax: config.DELIVERY_TIMEOUT_MS + DRAIN_EXTRA_MS,
    logger,
    onFatal: fail,
  });
  const group = await joinGroup({
    kafka,
    groupId: names.deliveryGroup,
    topics: [names.deliveries, ...(await listRetryTopics(kafka, names))],
    handlers: engine,
    logger,
    onFatal: fail,
  });
  open.defer(async () => {
    await engine.drain(config.DELIVERY_TIMEOUT_MS + DRAIN_EXTRA_MS);
    await group.close();
  });
  logger.info({ owner, target: config.WEBHOOK_URL }, 'consumer.started');
});
