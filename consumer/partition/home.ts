import type { RetryInPlace } from '../../common/kafka/positions/commit-metadata.ts';
import type { Tracked } from './offset-tracker.ts';
import type { PartitionState } from './partition-state.ts';

/** Who answers for a record: its partition, or the backlog of its endpoint there. */
export interface Home {
  /** The partition, whose membership and commit it is under. */
  readonly root: PartitionState;
  /** Received and not yet finished. */
  openRecords: number;
  openBytes: number;
  /** Number of these that wait in their lane behind a failed delivery, that delivery included. */
  heldRecords: number;
  /** The record's fate is durable. */
  finish(tracked: Tracked): void;
  /** A record will be tried again from its place; its attempts must outlive this process. */
  retriesAgain(retry: RetryInPlace, tracked: Tracked): void;
  /** Returns what an earlier process knew of a record's attempts, or null. */
  retryAt(tracked: Tracked): RetryInPlace | null;
}

/** A record in this process: where it came from and what it takes. */
export interface Held {
  /** Another once its endpoint has been detached while it was under way, as `tracked`. */
  home: Home;
  tracked: Tracked;
  readonly bytes: number;
  /** Its endpoint is being found, it is being sent, or its fate is being written. */
  isStarted: boolean;
}
