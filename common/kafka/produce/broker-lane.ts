import type { PartitionQueue } from './partition-queue.ts';

/** Sends one request with the batches of these queues, and deals with each outcome: never fails. */
type Send = (queues: readonly PartitionQueue[]) => Promise<void>;

/** Larger requests gain nothing, and keep a broker's memory and a connection for themselves. */
const REQUEST_BYTES_MAX = 2_000_000;

/**
 * Sends what waits for the partitions of one broker, one request at a time. The broker handles the
 * requests of a connection one after the other anyway; whatever comes while one is under way
 * gathers, and goes with the next one.
 */
export class BrokerLane {
  private readonly send: Send;
  private readonly offered = new Set<PartitionQueue>();
  /** When the first of them is to be sent, by the clock of `performance`. */
  private dueAtMs = Infinity;
  private isSending = false;
  private timer: NodeJS.Timeout | undefined;
  private timerAtMs = Infinity;
  private immediate: NodeJS.Immediate | undefined;

  constructor(send: Send) {
    this.send = send;
  }

  /** @param dueAtMs until then it may wait for others, by the clock of `performance` */
  offer(queue: PartitionQueue, dueAtMs: number): void {
    this.offered.add(queue);
    this.dueAtMs = Math.min(this.dueAtMs, dueAtMs);
    this.arm();
  }

  /** Ends the linger time, so that the offered queues are sent as soon as possible. */
  hurry(): void {
    if (this.offered.size === 0) return;
    this.dueAtMs = performance.now();
    this.arm();
  }

  /** Gives back what waits here: its broker cannot be reached, and others may lead it by now. */
  empty(): readonly PartitionQueue[] {
    const queues = [...this.offered];
    this.offered.clear();
    this.dueAtMs = Infinity;
    return queues;
  }

  close(): void {
    this.offered.clear();
    clearTimeout(this.timer);
    clearImmediate(this.immediate);
  }

  private arm(): void {
    if (this.isSending || this.offered.size === 0 || this.immediate) return;
    const waitMs = this.dueAtMs - performance.now();
    if (waitMs <= 0) {
      // Records that the sockets have brought by now go with the same request.
      this.immediate = setImmediate(() => void this.run());
    } else if (this.timerAtMs > this.dueAtMs) {
      clearTimeout(this.timer);
      this.timerAtMs = this.dueAtMs;
      this.timer = setTimeout(() => {
        this.timerAtMs = Infinity;
        if (!this.isSending && !this.immediate) void this.run();
      }, waitMs);
    }
  }

  private async run(): Promise<void> {
    this.immediate = undefined;
    const queues = this.next();
    if (queues.length > 0) {
      this.isSending = true;
      await this.send(queues);
      this.isSending = false;
    }
    this.arm();
  }

  /** Takes as many batches as one request may carry, from the queues that have waited longest. */
  private next(): readonly PartitionQueue[] {
    const queues: PartitionQueue[] = [];
    let bytes = 0;
    for (const queue of this.offered) {
      const batch = queue.take();
      if (batch) {
        if (queues.length > 0 && bytes + batch.bytes > REQUEST_BYTES_MAX) break;
        bytes += batch.bytes;
        queues.push(queue);
      } else {
        // All of it has expired meanwhile.
        queue.isOffered = false;
      }
      this.offered.delete(queue);
    }
    if (this.offered.size === 0) this.dueAtMs = Infinity;
    return queues;
  }
}
