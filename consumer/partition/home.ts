import type { RetryInPlace } from '../../common/kafka/positions/commit-metadata.ts';
import type { Tracked } from './offset-tracker.ts';
import type { PartitionState } from './partition-state.ts';

/**
 * Owner of a record's bookkeeping: the partition, or the backlog of the record's endpoint there.
 */
export interface Home {
  /** The partition, whose membership and commit it is under. */
  readonly root: PartitionState;
  /** Received and not yet finished. */
  openRecords: number;
  openBytes: number;
  /** Number of these that wait in their lane behind a failed delivery, that delivery included. */
  heldRecords: number;
  /** When somebody has moved its position: attempts of before tell nothing; ms, 0: never. */
  readonly attemptsFromMs: number;
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
  /**
   * Whether the record is being worked on: its endpoint is looked up, the request is under way, or
   * the outcome is being written.
   */
  isStarted: boolean;
}
