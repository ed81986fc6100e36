import { Fifo } from './fifo.ts';
import type { Work } from './work.ts';

interface Lane {
  /** What waits behind the head. */
  readonly behind: Fifo<Work>;
  /** When its head began to wait for a retry, ms; null while it does not. */
  blockedAtMs: number | null;
}

/**
 * Keeps one user's deliveries one behind the other: a lane is a partition and a key, its head is
 * the only one that may be sent. Other lanes go on while a head waits for its retry.
 */
export class Lanes {
  private readonly lanes = new Map<string, Lane>();

  /** @returns true when the work is at the head and may go; else it waits in its lane */
  enter(work: Work): boolean {
    const name = laneOf(work);
    const lane = this.lanes.get(name);
    if (!lane) {
      this.lanes.set(name, { behind: new Fifo(), blockedAtMs: null });
      return true;
    }
    lane.behind.push(work);
    if (lane.blockedAtMs !== null) work.home.heldRecords += 1;
    return false;
  }

  /** The head has left. @returns the new head, if any */
  leave(work: Work): Work | undefined {
    const name = laneOf(work);
    const next = this.lanes.get(name)?.behind.shift();
    if (!next) this.lanes.delete(name);
    return next;
  }

  /** The head waits for a retry: what is in the lane does not count as load until it goes on. */
  block(work: Work, nowMs: number): void {
    const lane = this.lanes.get(laneOf(work));
    if (!lane || lane.blockedAtMs !== null) return;
    lane.blockedAtMs = nowMs;
    work.home.heldRecords += lane.behind.length + 1;
  }

  /** The head goes on. */
  unblock(work: Work): void {
    const lane = this.lanes.get(laneOf(work));
    if (!lane || lane.blockedAtMs === null) return;
    lane.blockedAtMs = null;
    work.home.heldRecords -= lane.behind.length + 1;
  }
}

/** A partition that has come back begins lanes of its own, hence the object and not its name. */
function laneOf({ home, delivery }: Work): string {
  return `${home.serial}/${delivery.subscription ?? ''}/${delivery.key}`;
}
