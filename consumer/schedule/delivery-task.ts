import type { Delivery } from '../../common/model/delivery.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { LogLane } from './lane-share.ts';
import type { Held } from '../partition/home.ts';
import type { Fifo } from '../../common/base/fifo.ts';

/** Deliveries of one user, in their order. */
export interface Lane {
  /** Deliveries that wait behind the head. */
  readonly behind: Fifo<DeliveryTask>;
  /** When its head began to wait for a retry, ms; null while it does not. */
  blockedAtMs: number | null;
  /** Whether the lane is empty. */
  isFree: boolean;
}

/** A delivery in this process, from its receipt until its fate is durable. */
export interface DeliveryTask extends Held {
  delivery: Delivery;
  readonly endpoint: Endpoint;
  /** Lane of the first attempt, also for a record in a retry topic. */
  readonly logLane: LogLane;
  /** Whether the delivery keeps its place among the deliveries of its user, retries included. */
  readonly isInLane: boolean;
  /** Whether the endpoint was slow when the delivery was started. */
  isSlow: boolean;
  /**
   * The user's lane, set on entering it: building and looking up a lane's name is expensive.
   *
   * @see docs/benchmarks-notes.md#what-held-it-back
   */
  lane: Lane | null;
}

/** Most deliveries have no due time of their own, and reading the clock costs time. */
export const isDue = ({ delivery }: DeliveryTask): boolean =>
  delivery.dueAtMs === 0 || delivery.dueAtMs <= Date.now();

export const isRetry = ({ delivery }: DeliveryTask): boolean => delivery.attempt > 1;
