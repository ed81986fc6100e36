import { errorTypeOf } from './error-type.ts';
import { internalModule } from './internals.ts';

interface Cluster {
  fetchTopicsOffset(topics: unknown): Promise<unknown>;
  refreshMetadata(): Promise<void>;
}

const MOVED: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

/**
 * kafkajs 2.2.4 asks for the bounds of a log where it last knew the leader, and after "not the
 * leader" it asks the same broker again, for the five minutes that its metadata counts as fresh.
 * The next try asks the new leader, because the metadata is read again after such an answer.
 */
export function patchStaleLeader(): void {
  const { prototype } = internalModule<{ prototype: Cluster }>('cluster');
  const original = prototype.fetchTopicsOffset;
  prototype.fetchTopicsOffset = async function (this: Cluster, topics) {
    try {
      return await original.call(this, topics);
    } catch (error) {
      if (MOVED.has(errorTypeOf(error))) await this.refreshMetadata();
      throw error;
    }
  };
}
