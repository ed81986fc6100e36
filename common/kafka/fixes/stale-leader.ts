import { setTimeout as sleep } from 'node:timers/promises';
import { errorTypeOf } from '../error-type.ts';
import { wrapMethod } from '../internals.ts';

type FetchOffsets = (
  this: { refreshMetadata(): Promise<void> },
  topics: unknown,
) => Promise<unknown>;

const MOVED: ReadonlySet<string> = new Set([
  'NOT_LEADER_FOR_PARTITION',
  'LEADER_NOT_AVAILABLE',
  'REPLICA_NOT_AVAILABLE',
  'FENCED_LEADER_EPOCH',
  'UNKNOWN_LEADER_EPOCH',
]);

type Recover = (
  this: { readonly cluster: { refreshMetadata(): Promise<void> } },
  error: unknown,
) => Promise<void>;

/** An election takes longer, and nobody else is asked meanwhile. */
const PAUSE_MS = 100;

/**
 * kafkajs 2.2.4 asks for the bounds of a log where it last knew the leader, and after "not the
 * leader" it asks the same broker again, for the five minutes that its metadata counts as fresh.
 * The next try asks the new leader, because the metadata is read again after such an answer.
 *
 * A consumer whose fetch gets that answer joins its group again, which makes all members stop: with
 * each leader that moves while brokers are restarted one by one. Who leads changes nothing about
 * who has the partition, so to read the metadata again is enough.
 */
export function fixStaleLeader(): void {
  wrapMethod<FetchOffsets>('cluster', 'fetchTopicsOffset', (fetch) => {
    return async function (topics) {
      try {
        return await fetch.call(this, topics);
      } catch (error) {
        if (MOVED.has(errorTypeOf(error))) await this.refreshMetadata();
        throw error;
      }
    };
  });
  wrapMethod<Recover>('consumer/consumerGroup', 'recoverFromFetch', (recover) => {
    return async function (error) {
      if (!MOVED.has(errorTypeOf(error))) return recover.call(this, error);
      await sleep(PAUSE_MS);
      await this.cluster.refreshMetadata();
    };
  });
}
