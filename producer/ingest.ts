import type { DeliveryLimits } from '../common/topics/delivery-limits.ts';
import type { DataDirs } from '../common/config/data-dirs.ts';
import { parseFileProgress } from '../common/model/file-progress.ts';
import { openRoleTable } from '../common/kafka/consume/compacted-table.ts';
import type { KafkaConnection } from '../common/kafka/client/connection.ts';
import { openGroupView } from '../common/kafka/admin/group-view.ts';
import { joinGroup } from '../common/kafka/consume/group.ts';
import { totalLag } from '../common/kafka/admin/lag.ts';
import type { TopicWatch } from '../common/topics/topic-watch.ts';
import { createTransactionalWriter } from '../common/kafka/produce/transactional-writer.ts';
import type { Publisher } from '../common/kafka/ports.ts';
import type { Role } from '../common/process/run-role.ts';
import { topicNames, waitingTopics } from '../common/topics/topics.ts';
import { sealing } from '../common/user-keys/body-keys.ts';
import type { BodyKeys } from '../common/user-keys/body-keys.ts';
import type { Tracing } from '../common/tracing/tracing.ts';
import type { Announce } from './file/announcement.ts';
import { openBuckets } from './bucket/open-buckets.ts';
import { FileGroup } from './file/file-group.ts';
import { createFolderStore } from './file/folder-store.ts';
import { recordBytesMax } from './file/ingest-file.ts';
import { KnownContents } from './file/known-contents.ts';
import { Semaphore } from './file/semaphore.ts';
import { createInboxReport } from './folder/inbox-report.ts';
import { FolderWatcher } from './folder/watcher.ts';
import { LagGates } from './admission/lag-gate.ts';
import { countingGate } from './metrics.ts';
import type { ProducerMetrics } from './metrics.ts';

interface Deps extends Role {
  readonly kafka: KafkaConnection;
  readonly dirs: DataDirs;
  readonly newId: () => string;
  readonly announce: Announce;
  readonly publisher: Publisher;
  readonly metrics: ProducerMetrics;
  /** Number of partitions by which the ids of files are hashed. */
  readonly filePartitions: number;
  readonly watch: Pick<TopicWatch, 'partitions'>;
  readonly limits: DeliveryLimits;
  readonly tracing: Tracing | undefined;
  readonly bodyKeys: BodyKeys;
}

/** Files read at once: a huge one must not keep small ones waiting. */
const FILES_AT_ONCE = 4;

/**
 * Starts everything between the folder and the bulk lane of the deliveries. What it opens is closed
 * in this order: the watcher takes no more files, running transactions end, the group is left.
 */
export async function startIngest(deps: Deps) {
  const { kafka, dirs, newId, announce, config, logger, open, fail } = deps;
  const names = topicNames(config.TOPIC_PREFIX);
  const gates = await openLagGates(deps);

  const progress = await openRoleTable(deps, names.fileProgress, parseFileProgress);

  const report = createInboxReport({
    ...deps,
    topic: names.consumers,
    partitions: config.PARTITIONS,
  });
  const buckets = await openBuckets({ ...deps, progress, report });
  const folderStore = createFolderStore(dirs);
  const files = new FileGroup({
    dirs,
    storeOf: ({ object }) => (object ? buckets.store : folderStore),
    filesTopic: names.files,
    deliveriesTopic: names.bulkDeliveries,
    progressTopic: names.fileProgress,
    partitions: deps.filePartitions,
    deliveryPartitions: () => deps.watch.partitions,
    fileBytesMax: config.MAX_FILE_BYTES,
    messageBytesMax: config.MAX_MESSAGE_BYTES,
    limits: deps.limits,
    progress,
    contents: new KnownContents(progress),
    onSameContent: config.ON_SAME_CONTENT,
    createWriter: (partition) => {
      const transactionalId = names.ingestTransactionalId(partition);
      const { topics: limits } = deps.limits;
      const writer = createTransactionalWriter({ kafka, transactionalId, logger, limits });
      return sealing(writer, deps.bodyKeys);
    },
    gate: countingGate(gates.bulk, (records) => deps.metrics.accepted('file', records)),
    slots: new Semaphore(FILES_AT_ONCE),
    tracing: deps.tracing,
    logger,
    onFatal: fail,
  });
  const group = await joinGroup({
    kafka,
    groupId: names.fileGroup,
    topics: [names.files],
    handlers: files,
    logger,
    onFatal: fail,
  });
  open.defer(() => group.close());
  open.defer(() => files.close());

  const hasProgress = (fileId: string) => progress.get(fileId) !== undefined;
  const watcher = new FolderWatcher({
    dirs,
    settleMs: config.SETTLE_MS,
    unfinishedWaitMs: config.MAX_UNFINISHED_LINE_WAIT,
    tailBytes: recordBytesMax(config.MAX_MESSAGE_BYTES),
    newId,
    announce,
    hasProgress,
    report: (state) => report('folder', state),
    logger,
  });
  watcher.start();
  open.defer(() => watcher.close());
  buckets.start();
  return { gates, files, buckets };
}

/**
 * Opens the gates that hold ingestion back while too many deliveries wait; first attempts and
 * retries count alike.
 */
async function openLagGates({ kafka, config, logger, open }: Deps): Promise<LagGates> {
  const names = topicNames(config.TOPIC_PREFIX);
  const waiting = waitingTopics(config);
  const view = await openGroupView(kafka, names.deliveryGroup);
  open.defer(() => view.close());
  const fetchLags = async () => {
    const lags = await view.lags(waiting.all);
    const live = lags.filter(({ topic }) => waiting.live.includes(topic));
    return { live: totalLag(live), bulk: totalLag(lags) };
  };
  const gates = new LagGates({ fetchLags, lagMax: config.MAX_LAG, logger });
  gates.start();
  open.defer(() => gates.close());
  return gates;
}
