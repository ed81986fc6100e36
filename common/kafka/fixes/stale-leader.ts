import { errorTypeOf, isLeaderMoved } from '../error-type.ts';
import { wrapMethod } from '../internals.ts';

type FetchOffsets = (
  this: { refreshMetadata(): Promise<void> },
  topics: unknown,
) => Promise<unknown>;

/**
 * kafkajs 2.2.4 asks for the bounds of a log where it last knew the leader, and after "not the
 * leader" it asks the same broker again, for the five minutes that its metadata counts as fresh.
 * The next try asks the new leader, because the metadata is read again after such an answer.
 */
export function fixStaleLeader(): void {
  wrapMethod<FetchOffsets>('cluster', 'fetchTopicsOffset', (fetch) => {
    return async function (topics) {
      try {
        return await fetch.call(this, topics);
      } catch (error) {
        if (isLeaderMoved(errorTypeOf(error))) await this.refreshMetadata();
        throw error;
      }
    };
  });
}
