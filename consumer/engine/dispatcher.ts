import TinyQueue from 'tinyqueue';
import type { Endpoint } from '../deliver/endpoint.ts';
import { Fifo } from './fifo.ts';
import { Lanes } from './lanes.ts';
import type { Work } from './work.ts';

interface Deps {
  /** Requests under way at most, over all endpoints. */
  readonly concurrency: number;
  /** One user's deliveries go one after the other. */
  readonly isKeyOrdered: boolean;
  /** False while too much has been sent that is not yet committed. */
  readonly mayStart: () => boolean;
  /** Makes the attempt. The right to it has been taken; must not reject. */
  readonly start: (work: Work) => void;
  /** A work that is dropped unsent, because its partition went to another member. */
  readonly drop: (work: Work) => void;
}

/** setTimeout cannot wait longer than this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const byDueTime = (a: Work, b: Work) => a.delivery.dueAtMs - b.delivery.dueAtMs;

/** Decides which delivery goes next: when due, in its lane, as its endpoint allows. */
export class Dispatcher {
  private readonly deps: Deps;
  private readonly lanes = new Lanes();
  private readonly ready = new Map<Endpoint, Fifo<Work>>();
  private notDue = new TinyQueue<Work>([], byDueTime);
  private timer: NodeJS.Timeout | null = null;
  private timerDueMs = Infinity;
  private inFlight = 0;
  private isHeld = false;
  private isPumpQueued = false;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  get inFlightCount(): number {
    return this.inFlight;
  }

  /** A delivery that has just been received. */
  add(work: Work): void {
    if (this.deps.isKeyOrdered && !this.lanes.enter(work)) return;
    this.schedule(work);
  }

  /** The same delivery once more, at its due time; in key order it has kept its lane. */
  again(work: Work): void {
    this.schedule(work);
  }

  /** The same delivery once more, before all others: its endpoint had asked for rest. */
  first(work: Work): void {
    this.queueOf(work.endpoint).unshift(work);
    this.pump();
  }

  /** A request has ended; its place is free. */
  ended(): void {
    this.inFlight -= 1;
    this.pump();
  }

  /** The delivery's fate is decided: the next of its lane may go. */
  left(work: Work): void {
    if (!this.deps.isKeyOrdered) return;
    const next = this.lanes.leave(work);
    if (next) this.schedule(next);
  }

  /**
   * Drops what waits for a partition that went to another member. A retry may be due in hours:
   * partitions that come and go would pile theirs up.
   */
  dropForeign(): void {
    const waiting = this.notDue.data;
    this.notDue = new TinyQueue(
      waiting.filter((work) => work.home.isOurs),
      byDueTime,
    );
    for (const work of waiting) if (!work.home.isOurs) this.drop(work);
    for (const [endpoint, queue] of this.ready) {
      const ours = new Fifo<Work>();
      for (let work = queue.shift(); work; work = queue.shift()) {
        if (work.home.isOurs) ours.push(work);
        else this.drop(work);
      }
      this.ready.set(endpoint, ours);
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
    if (this.timer) clearTimeout(this.timer);
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
    let progress = true;
    // One from each endpoint in turn, so that a long queue does not starve a short one.
    while (progress && !this.isHeld) {
      progress = false;
      for (const [endpoint, queue] of this.ready) {
        this.dropForeignHeads(queue);
        if (queue.length === 0) {
          this.ready.delete(endpoint);
          continue;
        }
        if (this.inFlight >= concurrency || !this.deps.mayStart()) return;
        if (!endpoint.tryStart()) continue;
        const work = queue.shift() as Work;
        this.inFlight += 1;
        progress = true;
        this.deps.start(work);
      }
    }
  }

  private dropForeignHeads(queue: Fifo<Work>): void {
    for (let head = queue.peek(); head && !head.home.isOurs; head = queue.peek()) {
      queue.shift();
      this.drop(head);
    }
  }

  private drop(work: Work): void {
    this.deps.drop(work);
    this.left(work);
  }

  private schedule(work: Work): void {
    if (work.delivery.dueAtMs > Date.now()) {
      this.notDue.push(work);
      this.setTimer();
      return;
    }
    this.queueOf(work.endpoint).push(work);
    this.pump();
  }

  private queueOf(endpoint: Endpoint): Fifo<Work> {
    let queue = this.ready.get(endpoint);
    if (!queue) this.ready.set(endpoint, (queue = new Fifo()));
    return queue;
  }

  private setTimer(): void {
    const dueAtMs = this.notDue.peek()?.delivery.dueAtMs ?? Infinity;
    if (dueAtMs >= this.timerDueMs) return;
    if (this.timer) clearTimeout(this.timer);
    this.timerDueMs = dueAtMs;
    const waitMs = Math.min(TIMER_MS_MAX, Math.max(0, dueAtMs - Date.now()));
    this.timer = setTimeout(() => this.wake(), waitMs);
  }

  private wake(): void {
    this.timerDueMs = Infinity;
    const nowMs = Date.now();
    while ((this.notDue.peek()?.delivery.dueAtMs ?? Infinity) <= nowMs) {
      const work = this.notDue.pop() as Work;
      if (work.home.isOurs) this.queueOf(work.endpoint).push(work);
      else this.drop(work);
    }
    this.setTimer();
    this.pump();
  }
}
