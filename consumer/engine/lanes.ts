import { Fifo } from './fifo.ts';
import type { Work } from './work.ts';

/**
 * Keeps one user's deliveries one behind the other: a lane is a partition and a key, its head is
 * the only one that may be sent. Other lanes go on while a head waits for its retry.
 */
export class Lanes {
  /** What waits behind the head of each busy lane. */
  private readonly waiting = new Map<string, Fifo<Work>>();

  /** @returns true when the work is at the head and may go; else it waits in its lane */
  enter(work: Work): boolean {
    const name = laneOf(work);
    const behind = this.waiting.get(name);
    if (behind) {
      behind.push(work);
      return false;
    }
    this.waiting.set(name, new Fifo());
    return true;
  }

  /** The head has left. @returns the new head, if any */
  leave(work: Work): Work | undefined {
    const name = laneOf(work);
    const next = this.waiting.get(name)?.shift();
    if (!next) this.waiting.delete(name);
    return next;
  }
}

/** A partition that has come back begins lanes of its own, hence the object and not its name. */
function laneOf({ home, delivery }: Work): string {
  return `${home.serial}/${delivery.subscription ?? ''}/${delivery.key}`;
}
