import type { Endpoint } from '../endpoint/endpoint.ts';
import { DelayQueue } from './delay-queue.ts';
import { EndpointQueue } from './endpoint-queue.ts';
import { KeyLanes } from './key-lanes.ts';
import { Starter } from './starter.ts';
import type { StarterDeps } from './starter.ts';
import { isDue } from './delivery-task.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import type { DeliveryTask } from './delivery-task.ts';

interface Deps extends Omit<StarterDeps, 'cancelAll'> {
  /** A work that is dropped unsent, because its partition went to another member. */
  readonly drop: (work: DeliveryTask) => void;
  /** A work whose subscription has been deleted. */
  readonly cancel: (work: DeliveryTask) => void;
}

/** Decides which delivery goes next: when due, in its lane, as its endpoint allows. */
export class Scheduler {
  private readonly deps: Deps;
  private readonly lanes = new KeyLanes();
  private readonly dueTimes = new DelayQueue((works) => this.due(works));
  private readonly queues = new Map<Endpoint, EndpointQueue>();
  private readonly starter: Starter;
  private isHeld = false;
  private isPumpQueued = false;

  constructor(deps: Deps) {
    this.deps = deps;
    this.starter = new Starter({
      ...deps,
      cancelAll: (queue) => this.cancelAll(queue),
      start: (work) => {
        work.isStarted = true;
        deps.start(work);
      },
    });
  }

  get inFlightCount(): number {
    return this.starter.inFlight;
  }

  get isIdle(): boolean {
    return this.starter.isIdle;
  }

  /** A delivery that has just been received. */
  add(work: DeliveryTask): void {
    if (!work.home.root.isOurs) return this.deps.drop(work);
    if (!work.isInLane || this.lanes.enter(work)) this.schedule(work);
  }

  /** The same delivery once more, at its due time; in key order it has kept its lane. */
  again(work: DeliveryTask): void {
    work.isStarted = false;
    if (work.isInLane) this.lanes.block(work, Date.now());
    this.schedule(work);
  }

  /** The same delivery once more, before all others: its endpoint had asked for rest. */
  first(work: DeliveryTask): void {
    work.isStarted = false;
    if (!work.home.root.isOurs) return this.drop(work);
    const queue = this.queueOf(work.endpoint);
    queue.putBack(work);
    this.starter.add(queue);
    this.pump();
  }

  /** A request has ended; its place is free. */
  ended(work: DeliveryTask): void {
    this.starter.ended(work, this.queueOf(work.endpoint));
    this.pump();
  }

  /** The delivery's fate is decided: the next of its lane may go. */
  left(work: DeliveryTask): void {
    if (!work.isInLane) return;
    const next = this.lanes.leave(work);
    if (next) this.schedule(next);
  }

  /** An endpoint may be able to take more, or has new settings. */
  wake(endpoint: Endpoint): void {
    const queue = this.queues.get(endpoint);
    if (!queue) return;
    if (endpoint.settings.state === 'deleted' && queue.notDueCount > 0) this.hasten(queue);
    if (queue.length === 0) return;
    this.starter.add(queue);
    this.pump();
  }

  /**
   * Takes out what an endpoint has in a partition and has not been started: what is to be read
   * again when the endpoint can take it.
   */
  takeOut(endpoint: Endpoint, root: PartitionState): readonly DeliveryTask[] {
    const stays = (work: DeliveryTask) => work.home.root !== root || work.endpoint !== endpoint;
    const queue = this.queueOf(endpoint);
    const notDue = this.dueTimes.sift(stays);
    queue.notDueCount -= notDue.length;
    const heads = [...queue.sift(stays), ...notDue];
    const behind = this.lanes.takeBehind((work) => !stays(work));
    for (const head of heads) {
      this.lanes.unblock(head);
      this.lanes.leave(head);
    }
    return [...heads, ...behind];
  }

  /** Since when something has been waiting for an endpoint without a break, ms; null: nothing. */
  waitingSinceMs(endpoint: Endpoint): number | null {
    const queue = this.queues.get(endpoint);
    return queue && queue.length > 0 ? queue.waitingSinceMs : null;
  }

  /** Whether what waits for an endpoint waits for a place alone, and not for the endpoint. */
  waitsForPlace(endpoint: Endpoint): boolean {
    const queue = this.queues.get(endpoint);
    return queue !== undefined && this.starter.isReady(queue);
  }

  /** Endpoints for which something waits. */
  *waitingEndpoints(): Iterable<Endpoint> {
    for (const queue of this.queues.values()) if (queue.length > 0) yield queue.endpoint;
  }

  /** Deliveries in this process that wait for an endpoint. */
  waitingFor(endpoint: Endpoint): number {
    const queue = this.queues.get(endpoint);
    return queue ? queue.length + queue.notDueCount : 0;
  }

  /**
   * Drops what waits for a partition that went to another member; what comes back later is let go
   * then. A retry may be due in hours: partitions that come and go would pile theirs up.
   */
  dropForeign(): void {
    const isOurs = ({ home }: DeliveryTask) => home.root.isOurs;
    for (const work of this.dueTimes.sift(isOurs)) {
      this.queueOf(work.endpoint).notDueCount -= 1;
      this.drop(work);
    }
    for (const queue of this.queues.values()) {
      for (const work of queue.sift(isOurs)) this.drop(work);
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
      if (!this.isHeld) this.starter.startReady();
    });
  }

  private cancelAll(queue: EndpointQueue): void {
    // Again and again: with one that leaves, the next of its lane comes up.
    for (let all = queue.sift(() => false); all.length > 0; all = queue.sift(() => false)) {
      for (const work of all) {
        work.isStarted = true;
        this.deps.cancel(work);
        this.left(work);
      }
    }
  }

  private hasten(queue: EndpointQueue): void {
    for (const work of this.dueTimes.sift(({ endpoint }) => endpoint !== queue.endpoint)) {
      this.makeReady(queue, work);
    }
    queue.notDueCount = 0;
  }

  /** All behind it in its lane is of the same partition, and goes as well. */
  private drop(work: DeliveryTask): void {
    for (let next: DeliveryTask | undefined = work; next; next = this.lanes.leave(next)) {
      this.deps.drop(next);
    }
  }

  private schedule(work: DeliveryTask): void {
    if (!work.home.root.isOurs) return this.drop(work);
    const queue = this.queueOf(work.endpoint);
    if (!isDue(work) && work.endpoint.settings.state !== 'deleted') {
      queue.notDueCount += 1;
      this.dueTimes.add(work);
      return;
    }
    this.makeReady(queue, work);
    this.pump();
  }

  private makeReady(queue: EndpointQueue, work: DeliveryTask): void {
    if (work.isInLane) this.lanes.unblock(work);
    queue.push(work);
    this.starter.add(queue);
  }

  private queueOf(endpoint: Endpoint): EndpointQueue {
    let queue = this.queues.get(endpoint);
    if (!queue) this.queues.set(endpoint, (queue = new EndpointQueue(endpoint)));
    return queue;
  }

  private due(works: readonly DeliveryTask[]): void {
    for (const work of works) {
      const queue = this.queueOf(work.endpoint);
      queue.notDueCount -= 1;
      this.makeReady(queue, work);
    }
    this.pump();
  }
}
