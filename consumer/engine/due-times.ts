import TinyQueue from 'tinyqueue';
import type { Work } from './work.ts';

/** setTimeout cannot wait longer than this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const byDueTime = (a: Work, b: Work) => a.delivery.dueAtMs - b.delivery.dueAtMs;

/** Deliveries that wait for their time, on one timer. */
export class DueTimes {
  private heap = new TinyQueue<Work>([], byDueTime);
  private timer: NodeJS.Timeout | null = null;
  private timerDueMs = Infinity;
  private readonly onDue: (works: readonly Work[]) => void;

  /** @param onDue gets what is due, soonest first */
  constructor(onDue: (works: readonly Work[]) => void) {
    this.onDue = onDue;
  }

  add(work: Work): void {
    this.heap.push(work);
    this.setTimer();
  }

  /** Takes out, in one pass, everything of which `isWanted` says no. */
  sift(isWanted: (work: Work) => boolean): readonly Work[] {
    const all = this.heap.data;
    this.heap = new TinyQueue(all.filter(isWanted), byDueTime);
    return all.filter((work) => !isWanted(work));
  }

  close(): void {
    if (this.timer) clearTimeout(this.timer);
  }

  private setTimer(): void {
    const dueAtMs = this.heap.peek()?.delivery.dueAtMs ?? Infinity;
    if (dueAtMs >= this.timerDueMs) return;
    if (this.timer) clearTimeout(this.timer);
    this.timerDueMs = dueAtMs;
    const waitMs = Math.min(TIMER_MS_MAX, Math.max(0, dueAtMs - Date.now()));
    this.timer = setTimeout(() => this.wake(), waitMs);
  }

  private wake(): void {
    this.timerDueMs = Infinity;
    const nowMs = Date.now();
    const due: Work[] = [];
    while ((this.heap.peek()?.delivery.dueAtMs ?? Infinity) <= nowMs) {
      due.push(this.heap.pop() as Work);
    }
    this.setTimer();
    this.onDue(due);
  }
}
