import type { Endpoint } from '../endpoint/endpoint.ts';
import { endpointCap, retriesCap, slowCap } from './bulkhead.ts';
import type { LaneShare, LogLane } from './lane-share.ts';
import type { EndpointQueue } from './endpoint-queue.ts';
import { isRetry } from './delivery-task.ts';
import type { DeliveryTask } from './delivery-task.ts';

export interface StarterDeps {
  /** Requests under way at most, over all endpoints. */
  readonly concurrency: number;
  /** Whether other endpoints may have deliveries in the same partitions. */
  readonly hasNeighbours: (endpoint: Endpoint) => boolean;
  /** Divides the places between the two lanes. */
  readonly share: LaneShare;
  /** False while too much has been sent that is not yet in the log of attempts. */
  readonly mayStart: (lane: LogLane) => boolean;
  /** Lets go of what waits for a subscription that has been deleted. */
  readonly cancelAll: (queue: EndpointQueue) => void;
}

const LANES: readonly LogLane[] = ['live', 'bulk'];
const OTHER = { live: 'bulk', bulk: 'live' } as const;

/**
 * Gives out the places: one to each endpoint in turn, the live lane first, as far as endpoint, lane
 * and retries may have one more.
 */
export class Starter {
  inFlight = 0;
  private readonly deps: StarterDeps;
  /** Queues that may be able to start something; the first of a lane is the next in turn. */
  private readonly ready = { live: new Set<EndpointQueue>(), bulk: new Set<EndpointQueue>() };
  private readonly retriesMax: number;
  private retriesInFlight = 0;
  private readonly slowMax: number;
  private slowInFlight = 0;
  private bulkInFlight = 0;
  /** Endpoints with requests under way. */
  private busyEndpoints = 0;

  constructor(deps: StarterDeps) {
    this.deps = deps;
    this.retriesMax = retriesCap(deps.concurrency);
    this.slowMax = slowCap(deps.concurrency);
  }

  /**
   * Whether more than half of the places are free, or of those that slow endpoints leave, and none
   * is held back because of the deliveries at risk.
   */
  get isIdle(): boolean {
    const { concurrency, mayStart } = this.deps;
    const quickInFlight = this.inFlight - this.slowInFlight;
    const isQuickIdle = quickInFlight < (concurrency - this.slowMax) / 2;
    return (this.inFlight < concurrency / 2 || isQuickIdle) && LANES.every(mayStart);
  }

  /** An endpoint may be able to start something. */
  add(queue: EndpointQueue): void {
    for (const lane of LANES) if (queue.lengthOf(lane) > 0) this.ready[lane].add(queue);
  }

  isReady(queue: EndpointQueue): boolean {
    if (this.hasNoSlowPlace(queue.endpoint)) return false;
    return LANES.some((lane) => queue.lengthOf(lane) > 0 && this.ready[lane].has(queue));
  }

  /** A request has ended; its place is free. */
  ended(task: DeliveryTask, queue: EndpointQueue): void {
    this.inFlight -= 1;
    if (isRetry(task)) this.retriesInFlight -= 1;
    if (task.isSlow) this.slowInFlight -= 1;
    if (task.endpoint.inFlight === 0) this.busyEndpoints -= 1;
    if (task.logLane === 'bulk') this.countBulk(queue, -1);
  }

  /** Takes what may start now, one after the other: each is to be started before the next. */
  *startable(): Iterable<DeliveryTask> {
    const { share } = this.deps;
    // An endpoint that has started a delivery goes to the end, where its lane comes to it once
    // more.
    const turns = { live: this.ready.live.values(), bulk: this.ready.bulk.values() };
    const isOver = { live: false, bulk: false };
    while (!isOver.live || !isOver.bulk) {
      const lane = isOver[share.next] ? OTHER[share.next] : share.next;
      const queue = this.hasPlace(lane) ? turns[lane].next().value : undefined;
      const task = queue ? this.takeFrom(queue, lane) : null;
      if (!queue) isOver[lane] = true;
      if (!task) continue;
      share.started(lane, this.ready[OTHER[lane]].size > 0);
      yield task;
    }
  }

  private hasPlace(lane: LogLane): boolean {
    const { concurrency, mayStart } = this.deps;
    if (this.inFlight >= concurrency) return false;
    if (lane === 'bulk' && this.bulkInFlight >= this.bulkPart(concurrency)) return false;
    return mayStart(lane);
  }

  /** The next one of an endpoint in a lane, and the right to send it; null: none may start. */
  private takeFrom(queue: EndpointQueue, lane: LogLane): DeliveryTask | null {
    const { concurrency, hasNeighbours } = this.deps;
    const { endpoint } = queue;
    if (endpoint.settings.state === 'deleted') this.deps.cancelAll(queue);
    if (queue.lengthOf(lane) === 0) {
      this.ready[lane].delete(queue);
      return null;
    }
    const active = Math.max(this.ready.live.size, this.ready.bulk.size, this.busyEndpoints);
    const { isPrompt } = endpoint;
    const cap = endpointCap(concurrency, hasNeighbours(endpoint), active, isPrompt);
    if (endpoint.inFlight >= cap) return null;
    if (lane === 'bulk' && queue.bulkInFlight >= this.bulkPart(cap)) return null;
    if (this.hasNoSlowPlace(endpoint)) return null;
    const line = queue.nextLine(lane, this.retriesInFlight < this.retriesMax);
    if (!line) return null;
    if (!endpoint.tryStart()) {
      // The endpoint is ready again once it calls back.
      for (const each of LANES) this.ready[each].delete(queue);
      return null;
    }
    const task = line.shift() as DeliveryTask;
    this.ready[lane].delete(queue);
    this.ready[lane].add(queue);
    this.inFlight += 1;
    if (isRetry(task)) this.retriesInFlight += 1;
    task.isSlow = endpoint.isSlowAt(Date.now());
    if (task.isSlow) this.slowInFlight += 1;
    if (endpoint.inFlight === 1) this.busyEndpoints += 1;
    if (lane === 'bulk') this.countBulk(queue, 1);
    task.isStarted = true;
    return task;
  }

  private hasNoSlowPlace(endpoint: Endpoint): boolean {
    if (this.slowInFlight < this.slowMax || !this.deps.hasNeighbours(endpoint)) return false;
    return endpoint.isSlowAt(Date.now());
  }

  private countBulk(queue: EndpointQueue, count: 1 | -1): void {
    this.bulkInFlight += count;
    queue.bulkInFlight += count;
  }

  private bulkPart(places: number): number {
    return this.deps.share.bulkPart(places, Date.now());
  }
}
