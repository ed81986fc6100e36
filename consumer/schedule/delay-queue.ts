import TinyQueue from 'tinyqueue';
import type { DeliveryTask } from './delivery-task.ts';

/** setTimeout cannot wait longer than this. */
const TIMER_MS_MAX = 2 ** 31 - 1;

const byDueTime = (a: DeliveryTask, b: DeliveryTask) => a.delivery.dueAtMs - b.delivery.dueAtMs;

/** Deliveries that wait for their time, on one timer. */
export class DelayQueue {
  private heap = new TinyQueue<DeliveryTask>([], byDueTime);
  private timer: NodeJS.Timeout | null = null;
  private timerDueMs = Infinity;
  private readonly onDue: (tasks: readonly DeliveryTask[]) => void;

  /** @param onDue gets what is due, soonest first */
  constructor(onDue: (tasks: readonly DeliveryTask[]) => void) {
    this.onDue = onDue;
  }

  add(task: DeliveryTask): void {
    this.heap.push(task);
    this.setTimer();
  }

  /** Takes out, in one pass, everything of which `isWanted` says no. */
  sift(isWanted: (task: DeliveryTask) => boolean): readonly DeliveryTask[] {
    const all = this.heap.data;
    this.heap = new TinyQueue(all.filter(isWanted), byDueTime);
    return all.filter((task) => !isWanted(task));
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
    const due: DeliveryTask[] = [];
    while ((this.heap.peek()?.delivery.dueAtMs ?? Infinity) <= nowMs) {
      due.push(this.heap.pop() as DeliveryTask);
    }
    this.setTimer();
    this.onDue(due);
  }
}
