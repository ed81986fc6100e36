/** The settings that the embedded broker and docker-compose.kafka.yml share. */
export const SHARED_SETTINGS: Readonly<Record<string, string>> = {
  'process.roles': 'broker,controller',
  'controller.listener.names': 'CONTROLLER',
  'auto.create.topics.enable': 'false',
  // A rebalance need not wait for members that might come.
  'group.initial.rebalance.delay.ms': '0',
  // Four instead of fifty internal partitions each: a quicker start, and enough for one node.
  'offsets.topic.num.partitions': '4',
  'transaction.state.log.num.partitions': '4',
  'share.coordinator.state.topic.num.partitions': '1',
  // Kafka forgets the offsets of a group that was away for a week, and we would deliver the
  // whole log again: ten years instead, in minutes.
  'offsets.retention.minutes': '5256000',
  // After an unclean stop the broker is let in again once its old session has expired.
  'broker.session.timeout.ms': '3000',
  'broker.heartbeat.interval.ms': '500',
  // Twice a second by default, for which each wakes the disk: ours have nobody who follows them.
  'metadata.max.idle.interval.ms': '5000',
  // Enough for a full segment; the default makes every partition look 20 MB large.
  'log.index.size.max.bytes': '2097152',
  // The default, 128 MiB, is taken from the heap at the start.
  'log.cleaner.dedupe.buffer.size': '16777216',
};

export interface BrokerNode {
  readonly id: number;
  /** Holds the data of this node. */
  readonly dir: string;
  readonly port: number;
  readonly controllerPort: number;
}

type Settings = Readonly<Record<string, string>>;

/** Returns the settings that stay the same from start to start of one folder. */
export function folderSettings(node: Pick<BrokerNode, 'id' | 'dir'>, nodeCount: number): Settings {
  const copies = String(nodeCount);
  const minInSync = String(Math.max(1, nodeCount - 1));
  return {
    ...SHARED_SETTINGS,
    'node.id': String(node.id),
    'log.dirs': `${node.dir}/log`,
    // Apart from log.dirs, because only then does Kafka lock the folder before it opens the
    // metadata log: a second start on one folder must not write to it.
    'metadata.log.dir': `${node.dir}/metadata`,
    'offsets.topic.replication.factor': copies,
    'transaction.state.log.replication.factor': copies,
    'transaction.state.log.min.isr': minInSync,
    'share.coordinator.state.topic.replication.factor': copies,
    'share.coordinator.state.topic.min.isr': minInSync,
    'default.replication.factor': copies,
    'min.insync.replicas': minInSync,
  };
}

/**
 * Returns the settings that may change from start to start.
 *
 * @param nodes every node of the cluster, this one included
 */
export function portSettings(
  node: BrokerNode,
  nodes: readonly BrokerNode[],
  host: string,
): Settings {
  return {
    'controller.quorum.voters': nodes
      .map(({ id, controllerPort }) => `${id}@${host}:${controllerPort}`)
      .join(','),
    listeners: `PLAINTEXT://${host}:${node.port},CONTROLLER://${host}:${node.controllerPort}`,
    'advertised.listeners': `PLAINTEXT://${host}:${node.port}`,
  };
}

/** The text of a properties file. */
export function propertiesText(settings: Settings): string {
  // A backslash begins an escape there.
  const line = ([name, value]: [string, string]) => `${name}=${value.replaceAll('\\', '\\\\')}\n`;
  return Object.entries(settings).map(line).join('');
}
