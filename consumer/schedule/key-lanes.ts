import { Fifo } from '../../common/base/fifo.ts';
import type { Lane, DeliveryTask } from './delivery-task.ts';

/** Free lanes are kept for the next delivery of their user, up to this many. */
const FREE_MAX = 10_000;

/**
 * Keeps one user's deliveries one behind the other: a lane is a partition and a key, its head is
 * the only one that may be sent. Other lanes go on while a head waits for its retry.
 */
export class KeyLanes {
  private lanes = new Map<string, Lane>();
  private freeCount = 0;

  /** Lanes in memory, free ones included. */
  get size(): number {
    return this.lanes.size;
  }

  /** @returns true when the task is at the head and may go; else it waits in its lane */
  enter(task: DeliveryTask): boolean {
    const name = nameOf(task);
    let lane = this.lanes.get(name);
    if (!lane) {
      lane = { behind: new Fifo(), blockedAtMs: null, isFree: false };
      this.lanes.set(name, lane);
      task.lane = lane;
      return true;
    }
    task.lane = lane;
    if (lane.isFree) {
      lane.isFree = false;
      this.freeCount -= 1;
      return true;
    }
    lane.behind.push(task);
    if (lane.blockedAtMs !== null) task.home.heldRecords += 1;
    return false;
  }

  /** The head has left. @returns the new head, if any */
  leave({ lane }: DeliveryTask): DeliveryTask | undefined {
    if (!lane) return undefined;
    const next = lane.behind.shift();
    if (next) return next;
    lane.isFree = true;
    lane.blockedAtMs = null;
    this.freeCount += 1;
    if (this.freeCount > FREE_MAX) this.tidy();
    return undefined;
  }

  /** The head waits for a retry: what is in the lane does not count as load until it goes on. */
  block(head: DeliveryTask, nowMs: number): void {
    const { lane } = head;
    if (!lane || lane.blockedAtMs !== null) return;
    lane.blockedAtMs = nowMs;
    countHeld(head, lane, 1);
  }

  /** The head goes on. */
  unblock(head: DeliveryTask): void {
    const { lane } = head;
    if (!lane || lane.blockedAtMs === null) return;
    lane.blockedAtMs = null;
    countHeld(head, lane, -1);
  }

  /**
   * Takes out what waits behind the heads of some lanes, all of each.
   *
   * @param isWanted asked of one in each: the others are of the same endpoint and partition
   */
  takeBehind(isWanted: (task: DeliveryTask) => boolean): readonly DeliveryTask[] {
    const taken: DeliveryTask[] = [];
    for (const { behind, blockedAtMs } of this.lanes.values()) {
      const first = behind.peek();
      if (!first || !isWanted(first)) continue;
      for (let task = behind.shift(); task; task = behind.shift()) {
        if (blockedAtMs !== null) task.home.heldRecords -= 1;
        taken.push(task);
      }
    }
    return taken;
  }

  /** A new Map: in one that shrinks, each table of V8's leads to the next (see sender.ts). */
  private tidy(): void {
    this.lanes = new Map([...this.lanes].filter(([, lane]) => !lane.isFree));
    this.freeCount = 0;
  }
}

/** Deliveries of one lane need not be of one partition. */
function countHeld(head: DeliveryTask, { behind }: Lane, sign: 1 | -1): void {
  head.home.heldRecords += sign;
  for (const { home } of behind) home.heldRecords += sign;
}

/** A partition that has come back begins lanes of its own, hence the object and not its name. */
function nameOf({ home, delivery }: DeliveryTask): string {
  return `${home.root.serial}/${delivery.subscription ?? ''}/${delivery.key}`;
}
