import { internalModule, wrapMethod } from '../internals.ts';

interface Metadata {
  readonly topicMetadata: readonly {
    readonly partitionMetadata: readonly { readonly partitionErrorCode: number }[];
  }[];
}

type Parse = (metadata: Metadata) => Promise<Metadata>;
type FindLeaders = (
  topic: string,
  partitions: readonly unknown[],
) => Readonly<Record<string, unknown>>;

interface ProtocolErrors {
  createErrorFromCode(code: number): Error;
}

const LEADER_NOT_AVAILABLE = 5;
/** The node that Kafka names as the leader of a partition that has none. */
const NO_NODE = '-1';

/**
 * kafkajs 2.2.4 takes an answer about all topics for a failure when one partition has no leader, as
 * when the only broker with a copy is down: a consumer then knows of no change any more, and reads
 * nothing of the partitions that do have leaders. Here such a partition is known, and is not read.
 */
export function fixLeaderlessPartitions(): void {
  wrapMethod<Parse>('protocol/requests/metadata/v6/response', 'parse', (parse) => (metadata) => {
    const topicMetadata = metadata.topicMetadata.map((topic) => ({
      ...topic,
      partitionMetadata: topic.partitionMetadata.map((partition) =>
        partition.partitionErrorCode === LEADER_NOT_AVAILABLE
          ? { ...partition, partitionErrorCode: 0 }
          : partition,
      ),
    }));
    return parse({ ...metadata, topicMetadata });
  });
  const { createErrorFromCode } = internalModule<ProtocolErrors>('protocol/error');
  wrapMethod<FindLeaders>('cluster', 'findLeaderForPartitions', (find) => {
    return function (this: unknown, topic, partitions) {
      const leaders = find.call(this, topic, partitions);
      // A caller that needs a leader asks again until there is one.
      if (NO_NODE in leaders) throw createErrorFromCode(LEADER_NOT_AVAILABLE);
      return leaders;
    };
  });
}
