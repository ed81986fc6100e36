import type { Endpoint } from '../deliver/endpoint.ts';
import { endpointCap, retriesCap } from './decide/cap.ts';
import { isSlow, roomFor } from './decide/parking.ts';
import type { Backlog } from './decide/parking.ts';
import { DueTimes } from './due-times.ts';
import { EndpointQueue } from './endpoint-queue.ts';
import { Lanes } from './lanes.ts';
import { isDue, isRetry } from './work.ts';
import type { Work } from './work.ts';

interface Deps {
  /** Requests under way at most, over all endpoints. */
  readonly concurrency: number;
  /** Whether other endpoints may have deliveries in the same partitions. */
  readonly hasNeighbours: (endpoint: Endpoint) => boolean;
  /** False while too much has been sent that is not yet committed. */
  readonly mayStart: () => boolean;
  /** Makes the attempt. The right to it has been taken; must not reject. */
  readonly start: (work: Work) => void;
  /** A work that is dropped unsent, because its partition went to another member. */
  readonly drop: (work: Work) => void;
  /** A work whose subscription has been deleted. */
  readonly cancel: (work: Work) => void;
  /** A work that makes way for those of other endpoints; null: it has nowhere to go. */
  readonly park: ((work: Work, expectedWaitMs: number) => void) | null;
}

/** Below this an endpoint takes back what had made way for others. */
const REFILL_BELOW = 250;

/** Decides which delivery goes next: when due, in its lane, as its endpoint allows. */
export class Dispatcher {
  private readonly deps: Deps;
  private readonly retriesMax: number;
  private readonly lanes = new Lanes();
  private readonly dueTimes = new DueTimes((works) => this.due(works));
  private readonly queues = new Map<Endpoint, EndpointQueue>();
  /** Those that may be able to start something; the first is the next in turn. */
  private readonly ready = new Set<EndpointQueue>();
  private inFlight = 0;
  private retriesInFlight = 0;
  /** Endpoints with requests under way. */
  private busyEndpoints = 0;
  private slowEndpoints = 0;
  private isHeld = false;
  private isPumpQueued = false;

  constructor(deps: Deps) {
    this.deps = deps;
    this.retriesMax = retriesCap(deps.concurrency);
  }

  get inFlightCount(): number {
    return this.inFlight;
  }

  /** A delivery that has just been received. */
  add(work: Work): void {
    if (!work.home.isOurs) return this.deps.drop(work);
    const { delivery, endpoint } = work;
    const queue = this.queueOf(endpoint);
    if (delivery.isParked && queue.parkedAwayCount > 0) queue.parkedAwayCount -= 1;
    if (work.isInLane) {
      if (this.lanes.enter(work)) this.schedule(work);
    } else if (delivery.isParked && !isDue(work)) {
      queue.parked.push(work);
      this.ready.add(queue);
      this.pump();
    } else if (!this.makesWay(queue, work)) {
      this.schedule(work);
    }
  }

  /** The same delivery once more, at its due time; in key order it has kept its lane. */
  again(work: Work): void {
    if (work.isInLane) this.lanes.block(work, Date.now());
    this.schedule(work);
  }

  /** The same delivery once more, before all others: its endpoint had asked for rest. */
  first(work: Work): void {
    if (!work.home.isOurs) return this.drop(work);
    const queue = this.queueOf(work.endpoint);
    queue.putBack(work);
    this.ready.add(queue);
    this.pump();
  }

  /** A request has ended; its place is free. */
  ended(work: Work): void {
    this.inFlight -= 1;
    if (isRetry(work)) this.retriesInFlight -= 1;
    if (work.endpoint.inFlight === 0) this.busyEndpoints -= 1;
    this.pump();
  }

  /** The delivery's fate is decided: the next of its lane may go. */
  left(work: Work): void {
    if (!work.isInLane) return;
    const next = this.lanes.leave(work);
    if (next) this.schedule(next);
  }

  /** An endpoint may be able to take more, or has new settings. */
  wake(endpoint: Endpoint): void {
    const queue = this.queues.get(endpoint);
    if (!queue) return;
    if (endpoint.settings.state === 'deleted' && queue.notDueCount > 0) this.hasten(queue);
    if (queue.length === 0 && queue.parked.length === 0) return;
    this.ready.add(queue);
    this.pump();
  }

  /** To be called about once a second: finds out who is slow, and whose time has come. */
  tick(nowMs: number): void {
    const { park } = this.deps;
    const all = [...this.queues.values()];
    this.slowEndpoints = all.filter((queue) => isSlow(this.backlogOf(queue, nowMs))).length;
    for (const queue of all) {
      for (const work of queue.takeDueParked(nowMs)) {
        if (!this.makesWay(queue, work)) this.schedule(work);
      }
      const backlog = this.backlogOf(queue, nowMs);
      const room = roomFor(backlog);
      if (!park || queue.length <= room) continue;
      // It was taken in before its endpoint was known to be slow.
      for (const work of queue.takeSurplus(room)) this.parkAway(queue, work, backlog);
    }
  }

  /** Deliveries in this process that wait for an endpoint. */
  waitingFor(endpoint: Endpoint): number {
    const queue = this.queues.get(endpoint);
    return queue ? queue.length + queue.parked.length + queue.notDueCount : 0;
  }

  /**
   * Drops what waits for a partition that went to another member; what comes back later is let go
   * then. A retry may be due in hours: partitions that come and go would pile theirs up.
   */
  dropForeign(): void {
    const isOurs = ({ home }: Work) => home.isOurs;
    for (const work of this.dueTimes.sift(isOurs)) {
      this.queueOf(work.endpoint).notDueCount -= 1;
      this.drop(work);
    }
    for (const queue of this.queues.values()) {
      for (const work of queue.sift(isOurs)) this.drop(work);
      // Who has the partition now is the one who sees them again.
      queue.parkedAwayCount = 0;
    }
  }

  /** While held nothing new is started; what is under way goes on. */
  hold(): void {
    this.isHeld = true;
  }

  release(): void {
    this.isHeld = false;
    this.pump();
  }

  close(): void {
    this.hold();
    this.dueTimes.close();
  }

  /** Starts what may start, once the present turn is over: many calls cost one pass. */
  pump(): void {
    if (this.isPumpQueued) return;
    this.isPumpQueued = true;
    queueMicrotask(() => {
      this.isPumpQueued = false;
      this.startReady();
    });
  }

  private startReady(): void {
    const { concurrency } = this.deps;
    // Who has started one goes to the end, where this loop finds it again: one from each in turn.
    for (const queue of this.ready) {
      if (this.isHeld || this.inFlight >= concurrency || !this.deps.mayStart()) return;
      const { endpoint } = queue;
      this.tidy(queue);
      if (queue.length === 0) {
        this.ready.delete(queue);
        continue;
      }
      const active = Math.max(this.ready.size, this.busyEndpoints);
      const hasNeighbours = this.deps.hasNeighbours(endpoint);
      if (endpoint.inFlight >= endpointCap(concurrency, hasNeighbours, active)) continue;
      const line = queue.nextLine(this.retriesInFlight < this.retriesMax);
      if (!line) continue;
      this.ready.delete(queue);
      // Refused, it is in `ready` again once the endpoint calls for it.
      if (!endpoint.tryStart()) continue;
      this.ready.add(queue);
      this.started(line.shift() as Work);
    }
  }

  private started(work: Work): void {
    this.inFlight += 1;
    if (isRetry(work)) this.retriesInFlight += 1;
    if (work.endpoint.inFlight === 1) this.busyEndpoints += 1;
    this.deps.start(work);
  }

  /** Leaves in the queue what is to be sent. */
  private tidy(queue: EndpointQueue): void {
    if (queue.endpoint.settings.state === 'deleted') return this.cancelAll(queue);
    while (queue.parked.length > 0 && queue.length < REFILL_BELOW) {
      queue.push(queue.parked.shift() as Work);
    }
  }

  private cancelAll(queue: EndpointQueue): void {
    // Again and again: with one that leaves, the next of its lane comes up.
    for (let all = queue.sift(() => false); all.length > 0; all = queue.sift(() => false)) {
      for (const work of all) {
        this.deps.cancel(work);
        this.left(work);
      }
    }
  }

  /** Sends a delivery off to a retry topic when its endpoint is too slow for its neighbours. */
  private makesWay(queue: EndpointQueue, work: Work): boolean {
    if (!this.deps.park || queue.length === 0 || !this.deps.hasNeighbours(queue.endpoint))
      return false;
    const backlog = this.backlogOf(queue, Date.now());
    if (queue.length < roomFor(backlog)) return false;
    this.parkAway(queue, work, backlog);
    return true;
  }

  private parkAway(queue: EndpointQueue, work: Work, { expectedWaitMs }: Backlog): void {
    queue.parkedAwayCount += 1;
    this.deps.park?.(work, expectedWaitMs);
  }

  private backlogOf(queue: EndpointQueue, nowMs: number): Backlog {
    const { endpoint, length: waiting } = queue;
    return {
      waitingMs: waiting === 0 ? 0 : nowMs - queue.waitingSinceMs,
      expectedWaitMs: endpoint.expectedWaitMs(waiting + queue.parkedAwayCount, nowMs),
      hasNeighbours: this.deps.hasNeighbours(endpoint),
      slowEndpoints: this.slowEndpoints,
    };
  }

  private hasten(queue: EndpointQueue): void {
    for (const work of this.dueTimes.sift(({ endpoint }) => endpoint !== queue.endpoint)) {
      this.makeReady(queue, work);
    }
    queue.notDueCount = 0;
  }

  /** All behind it in its lane is of the same partition, and goes as well. */
  private drop(work: Work): void {
    for (let next: Work | undefined = work; next; next = this.lanes.leave(next)) {
      this.deps.drop(next);
    }
  }

  private schedule(work: Work): void {
    if (!work.home.isOurs) return this.drop(work);
    const queue = this.queueOf(work.endpoint);
    if (!isDue(work) && work.endpoint.settings.state !== 'deleted') {
      queue.notDueCount += 1;
      this.dueTimes.add(work);
      return;
    }
    this.makeReady(queue, work);
    this.pump();
  }

  private makeReady(queue: EndpointQueue, work: Work): void {
    if (work.isInLane) this.lanes.unblock(work);
    queue.push(work);
    this.ready.add(queue);
  }

  private queueOf(endpoint: Endpoint): EndpointQueue {
    let queue = this.queues.get(endpoint);
    if (!queue) this.queues.set(endpoint, (queue = new EndpointQueue(endpoint)));
    return queue;
  }

  private due(works: readonly Work[]): void {
    for (const work of works) {
      const queue = this.queueOf(work.endpoint);
      queue.notDueCount -= 1;
      this.makeReady(queue, work);
    }
    this.pump();
  }
}
