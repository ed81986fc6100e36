import type { Endpoint } from '../deliver/endpoint.ts';
import { isSlow } from './decide/parking.ts';
import type { Backlog } from './decide/parking.ts';
import type { EndpointQueue } from './endpoint-queue.ts';

interface Receipt {
  readonly endpoint: Endpoint;
  atMs: number;
}

/** What endpoints that share this process mean for one another. */
export class Neighbours {
  private slowEndpoints = 0;
  /** Whose delivery came last, and whose before it. */
  private latest: Receipt | null = null;
  private before: Receipt | null = null;

  /** A delivery for this endpoint has been received. */
  received(endpoint: Endpoint, atMs: number): void {
    if (this.latest?.endpoint === endpoint) this.latest.atMs = atMs;
    else {
      this.before = this.latest;
      this.latest = { endpoint, atMs };
    }
  }

  /** Counts the slow ones; to be called about once a second. */
  count(queues: Iterable<EndpointQueue>, nowMs: number): void {
    let slow = 0;
    for (const queue of queues) if (isSlow(this.backlogOf(queue, nowMs))) slow += 1;
    this.slowEndpoints = slow;
  }

  backlogOf(queue: EndpointQueue, nowMs: number): Backlog {
    const { endpoint, length: waiting } = queue;
    const other = this.latest?.endpoint === endpoint ? this.before : this.latest;
    return {
      waiting,
      waitingMs: waiting === 0 ? 0 : nowMs - queue.waitingSinceMs,
      expectedWaitMs: endpoint.expectedWaitMs(waiting + queue.parkedAwayCount, nowMs),
      slowEndpoints: this.slowEndpoints,
      neighbourMs: other ? nowMs - other.atMs : Infinity,
    };
  }
}
