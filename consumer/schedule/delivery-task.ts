import type { RetryInPlace } from '../../common/kafka/decide/commit-metadata.ts';
import type { Delivery } from '../../common/delivery.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { LogLane } from './lane-share.ts';
import type { Tracked } from '../partition/offset-tracker.ts';
import type { Fifo } from '../../common/fifo.ts';
import type { PartitionState } from '../partition/partition-state.ts';

/** Who answers for a record: its partition, or the backlog of its endpoint there. */
export interface Home {
  /** The partition, whose membership and commit it is under. */
  readonly root: PartitionState;
  /** Received and not yet finished. */
  openRecords: number;
  openBytes: number;
  /** Of these, how many wait in their lane behind one that failed, it included. */
  heldRecords: number;
  /** The record's fate is durable. */
  finish(tracked: Tracked): void;
  /** A record will be tried again from its place; its attempts must outlive this process. */
  retriesAgain(retry: RetryInPlace, tracked: Tracked): void;
  /** What an earlier process knew of a record's attempts, or null. */
  retryAt(tracked: Tracked): RetryInPlace | null;
}

/** One user's deliveries, one behind the other. */
export interface Lane {
  /** What waits behind the head. */
  readonly behind: Fifo<DeliveryTask>;
  /** When its head began to wait for a retry, ms; null while it does not. */
  blockedAtMs: number | null;
  /** Nothing is in it. */
  isFree: boolean;
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

/** A delivery in this process, from its receipt until its fate is durable. */
export interface DeliveryTask extends Held {
  delivery: Delivery;
  readonly endpoint: Endpoint;
  /** By which lane it goes: not by the retry topic in which it may lie. */
  readonly logLane: LogLane;
  /** It keeps its place among the deliveries of its user, retries included. */
  readonly isInLane: boolean;
  /** Set when it enters it: the name of a lane is dear to make and to look up. */
  lane: Lane | null;
}

/** Most have no time of their own, and the clock is not free. */
export const isDue = ({ delivery }: DeliveryTask): boolean =>
  delivery.dueAtMs === 0 || delivery.dueAtMs <= Date.now();

export const isRetry = ({ delivery }: DeliveryTask): boolean => delivery.attempt > 1;
