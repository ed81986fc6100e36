import type { Delivery } from '../../common/delivery.ts';
import type { Endpoint } from '../deliver/endpoint.ts';
import type { Tracked } from './decide/tracker.ts';
import type { PartitionWork } from './partition-work.ts';

/** A delivery in this process, from its receipt until its fate is durable. */
export interface Work {
  delivery: Delivery;
  readonly endpoint: Endpoint;
  readonly home: PartitionWork;
  readonly tracked: Tracked;
  readonly bytes: number;
  /** It keeps its place among the deliveries of its user, retries included. */
  readonly isInLane: boolean;
}

export const isRetry = ({ delivery }: Work): boolean => delivery.attempt > 1;
