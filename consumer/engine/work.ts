import type { Delivery } from '../../common/delivery.ts';
import type { Endpoint } from '../deliver/endpoint.ts';
import type { Tracked } from './decide/tracker.ts';
import type { Fifo } from './fifo.ts';
import type { PartitionWork } from './partition-work.ts';

/** One user's deliveries, one behind the other. */
export interface Lane {
  /** What waits behind the head. */
  readonly behind: Fifo<Work>;
  /** When its head began to wait for a retry, ms; null while it does not. */
  blockedAtMs: number | null;
  /** Nothing is in it. */
  isFree: boolean;
}

/** A delivery in this process, from its receipt until its fate is durable. */
export interface Work {
  delivery: Delivery;
  readonly endpoint: Endpoint;
  readonly home: PartitionWork;
  readonly tracked: Tracked;
  readonly bytes: number;
  /** It keeps its place among the deliveries of its user, retries included. */
  readonly isInLane: boolean;
  /** Set when it enters it: the name of a lane is dear to make and to look up. */
  lane: Lane | null;
}

/** Most have no time of their own, and the clock is not free. */
export const isDue = ({ delivery }: Work): boolean =>
  delivery.dueAtMs === 0 || delivery.dueAtMs <= Date.now();

export const isRetry = ({ delivery }: Work): boolean => delivery.attempt > 1;
