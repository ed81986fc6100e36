import type { Endpoint } from '../endpoint/endpoint.ts';
import { DelayQueue } from './delay-queue.ts';
import { EndpointQueue } from './endpoint-queue.ts';
import { KeyLanes } from './key-lanes.ts';
import { Starter } from './starter.ts';
import type { StarterDeps } from './starter.ts';
import { isDue } from './delivery-task.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import type { DeliveryTask } from './delivery-task.ts';
import type { Delivery } from '../../common/model/delivery.ts';

interface Deps extends Omit<StarterDeps, 'cancelAll'> {
  /** Something may be startable. */
  readonly pull: () => void;
  /** A task that is dropped unsent, because its partition went to another member. */
  readonly drop: (task: DeliveryTask) => void;
  /** Why a delivery is not to be sent any more; null: it is. */
  readonly whyCancelled: (delivery: Delivery) => string | null;
  /** A task that is not sent any more, and why. */
  readonly cancel: (task: DeliveryTask, reason: string) => void;
}

/** Decides which delivery goes next: when due, in its lane, as its endpoint allows. */
export class Scheduler {
  private readonly deps: Deps;
  private readonly lanes = new KeyLanes();
  private readonly dueTimes = new DelayQueue((tasks) => this.due(tasks));
  private readonly queues = new Map<Endpoint, EndpointQueue>();
  private readonly starter: Starter;
  private isHeld = false;
  private isPumpQueued = false;

  constructor(deps: Deps) {
    this.deps = deps;
    this.starter = new Starter({ ...deps, cancelAll: (queue) => this.cancelAll(queue) });
  }

  /** Takes what may be sent now, with the right to it: the delivery loop pulls it. */
  startable(): Iterable<DeliveryTask> {
    return this.isHeld ? [] : this.starter.startable();
  }

  get inFlightCount(): number {
    return this.starter.inFlight;
  }

  get isIdle(): boolean {
    return this.starter.isIdle;
  }

  /** A delivery that has just been received. */
  add(task: DeliveryTask): void {
    if (!task.home.root.isOurs) return this.deps.drop(task);
    if (!task.isInLane || this.lanes.enter(task)) this.schedule(task);
  }

  /** Schedules a delivery again for its due time. In key order the delivery has kept its lane. */
  again(task: DeliveryTask): void {
    task.isStarted = false;
    if (task.isInLane) this.lanes.block(task, Date.now());
    this.schedule(task);
  }

  /** Puts a delivery back before all others, because its endpoint had asked for a pause. */
  first(task: DeliveryTask): void {
    task.isStarted = false;
    if (!task.home.root.isOurs) return this.drop(task);
    if (this.deps.whyCancelled(task.delivery) !== null) return this.schedule(task);
    const queue = this.queueOf(task.endpoint);
    queue.putBack(task);
    this.starter.add(queue);
    this.pump();
  }

  /** A request has ended; its place is free. */
  ended(task: DeliveryTask): void {
    this.starter.ended(task, this.queueOf(task.endpoint));
    this.pump();
  }

  /** The delivery's fate is decided: the next of its lane may go. */
  left(task: DeliveryTask): void {
    if (!task.isInLane) return;
    const next = this.lanes.leave(task);
    if (next) this.schedule(next);
  }

  /** More is cancelled than before: cancels what waits of it. */
  cancelled(): void {
    const isSent = ({ delivery }: DeliveryTask) => this.deps.whyCancelled(delivery) === null;
    const notDue = this.dueTimes.sift(isSent);
    for (const { endpoint } of notDue) this.queueOf(endpoint).notDueCount -= 1;
    const ready = [...this.queues.values()].flatMap((queue) => queue.sift(isSent));
    for (const task of [...notDue, ...ready]) this.schedule(task);
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
    const stays = (task: DeliveryTask) => task.home.root !== root || task.endpoint !== endpoint;
    const queue = this.queueOf(endpoint);
    const notDue = this.dueTimes.sift(stays);
    queue.notDueCount -= notDue.length;
    const heads = [...queue.sift(stays), ...notDue];
    const behind = this.lanes.takeBehind((task) => !stays(task));
    for (const head of heads) {
      this.lanes.unblock(head);
      this.lanes.leave(head);
    }
    return [...heads, ...behind];
  }

  /**
   * Time since which something has been waiting for an endpoint without a break, in ms; null:
   * nothing waits.
   */
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
    for (const task of this.dueTimes.sift(isOurs)) {
      this.queueOf(task.endpoint).notDueCount -= 1;
      this.drop(task);
    }
    for (const queue of this.queues.values()) {
      for (const task of queue.sift(isOurs)) this.drop(task);
    }
  }

  /** Holds new starts back; deliveries under way continue. */
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

  /** Has the loop pull, once the present turn is over: many calls cost one pass. */
  pump(): void {
    if (this.isPumpQueued) return;
    this.isPumpQueued = true;
    queueMicrotask(() => {
      this.isPumpQueued = false;
      this.deps.pull();
    });
  }

  private cancelAll(queue: EndpointQueue): void {
    // The queue is read again and again, because a delivery that leaves brings up the next one of
    // its lane.
    for (let all = queue.sift(() => false); all.length > 0; all = queue.sift(() => false)) {
      for (const task of all) {
        task.isStarted = true;
        this.deps.cancel(task, 'its subscription was deleted');
        this.left(task);
      }
    }
  }

  private hasten(queue: EndpointQueue): void {
    for (const task of this.dueTimes.sift(({ endpoint }) => endpoint !== queue.endpoint)) {
      this.makeReady(queue, task);
    }
    queue.notDueCount = 0;
  }

  /** All behind it in its lane is of the same partition, and goes as well. */
  private drop(task: DeliveryTask): void {
    for (let next: DeliveryTask | undefined = task; next; next = this.lanes.leave(next)) {
      this.deps.drop(next);
    }
  }

  private schedule(head: DeliveryTask): void {
    if (!head.home.root.isOurs) return this.drop(head);
    const task = this.cancelFrom(head);
    if (!task) return;
    const queue = this.queueOf(task.endpoint);
    if (!isDue(task) && task.endpoint.settings.state !== 'deleted') {
      queue.notDueCount += 1;
      this.dueTimes.add(task);
      return;
    }
    this.makeReady(queue, task);
    this.pump();
  }

  /** Cancels the head of a lane if need be, and what comes up behind it. @returns what is to go */
  private cancelFrom(head: DeliveryTask): DeliveryTask | undefined {
    let task: DeliveryTask | undefined = head;
    for (; task; task = this.lanes.leave(task)) {
      const reason = this.deps.whyCancelled(task.delivery);
      if (reason === null) break;
      this.lanes.unblock(task);
      task.isStarted = true;
      this.deps.cancel(task, reason);
    }
    return task;
  }

  private makeReady(queue: EndpointQueue, task: DeliveryTask): void {
    if (task.isInLane) this.lanes.unblock(task);
    queue.push(task);
    this.starter.add(queue);
  }

  private queueOf(endpoint: Endpoint): EndpointQueue {
    let queue = this.queues.get(endpoint);
    if (!queue) this.queues.set(endpoint, (queue = new EndpointQueue(endpoint)));
    return queue;
  }

  private due(tasks: readonly DeliveryTask[]): void {
    for (const task of tasks) {
      const queue = this.queueOf(task.endpoint);
      queue.notDueCount -= 1;
      this.makeReady(queue, task);
    }
    this.pump();
  }
}
