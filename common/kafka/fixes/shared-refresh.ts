import { sharedRuns } from '../../base/shared-runs.ts';
import { internalModule, wrapMethod } from '../internals.ts';

interface Cluster {
  readonly targetTopics: ReadonlySet<string>;
  readonly brokerPool: {
    readonly metadata: { readonly topicMetadata: readonly { readonly topic: string }[] } | null;
    /** Ms since 1970. */
    readonly metadataExpireAt: number | null;
    refreshMetadata(topics: readonly string[]): Promise<void>;
  };
}

type Refresh = (this: Cluster) => Promise<void>;
type Find = (this: Cluster, topic: string) => readonly unknown[];

interface Errors {
  readonly KafkaJSTopicMetadataNotLoaded: new (
    message: string,
    details: { readonly topic: string },
  ) => Error;
}

/**
 * In kafkajs 2.2.4, who wants to know of a further topic is given the request for metadata that is
 * under way, which does not ask for it; and of two requests the answer that comes last counts, even
 * if it is of fewer topics. Either way a topic then has no partitions: its offsets are not asked
 * for and seem to be gone, and a group's leader gives it to nobody, so it is not read. Here one
 * request is made after the other, and each asks for all topics that are wanted when it is sent;
 * and of a topic that an answer lacks, it is said that nothing is known.
 */
export function fixSharedRefresh(): void {
  const all = new WeakMap<Cluster, () => Promise<void>>();
  const refresh: Refresh = function () {
    const ask = () => this.brokerPool.refreshMetadata([...this.targetTopics]);
    const shared = all.get(this) ?? sharedRuns(ask);
    all.set(this, shared);
    return shared();
  };
  wrapMethod<Refresh>('cluster', 'refreshMetadata', () => refresh);
  wrapMethod<Refresh>('cluster', 'refreshMetadataIfNecessary', () => {
    return async function () {
      if (!isFresh(this)) await refresh.call(this);
    };
  });
  const { KafkaJSTopicMetadataNotLoaded } = internalModule<Errors>('errors');
  wrapMethod<Find>('cluster', 'findTopicPartitionMetadata', (find) => {
    return function (topic) {
      const partitions = find.call(this, topic);
      if (partitions.length > 0) return partitions;
      throw new KafkaJSTopicMetadataNotLoaded('Topic metadata not loaded', { topic });
    };
  });
}

function isFresh({ brokerPool: { metadata, metadataExpireAt }, targetTopics }: Cluster): boolean {
  if (metadata === null || metadataExpireAt === null || Date.now() > metadataExpireAt) return false;
  const known = new Set(metadata.topicMetadata.map(({ topic }) => topic));
  return [...targetTopics].every((topic) => known.has(topic));
}
