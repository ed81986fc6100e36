import { advance } from './wave.ts';
import type { Offsets, Seen, Wave } from './wave.ts';

/**
 * Knows how far the deliveries of one endpoint in one partition number are through their retries.
 * It is closed while none of them can be in a retry topic: then the positions of the lanes say all.
 * It begins open, as an earlier owner may have left some there.
 */
export class RetryProgress {
  isOpen = true;
  private settled: Offsets = new Map();
  /** Offset after the last delivery that has failed, by lane. */
  private readonly failedTo = new Map<string, number>();
  private wave: Wave | null = null;
  /** Retries that its deliveries may have at most. */
  private retries = 0;

  /** Below this offset nothing of a lane comes again, while it is open. */
  settledIn(lane: string): number {
    return this.settled.get(lane) ?? 0;
  }

  /** @param done how far all is done in the lanes, without what fails now */
  failed(lane: string, offset: number, retries: number, done: () => Offsets): void {
    if (!this.isOpen) this.settled = done();
    this.isOpen = true;
    this.retries = Math.max(this.retries, retries);
    this.failedTo.set(lane, Math.max(this.failedTo.get(lane) ?? 0, offset + 1));
  }

  /**
   * Looks what is left.
   *
   * @param lanes   names of the lanes
   * @param retries that a delivery has at present
   */
  look(lanes: readonly string[], retries: number, seen: Seen): void {
    this.retries = Math.max(this.retries, retries);
    this.wave ??= { to: pick(seen.done, lanes), passesDone: 0, ends: null };
    // A schedule that had retries may have left some where there are none now.
    this.wave = advance(this.wave, Math.max(1, this.retries), seen) ?? this.over();
  }

  private over(): null {
    const { to } = this.wave as Wave;
    this.settled = to;
    this.isOpen = [...this.failedTo].some(([lane, offset]) => offset > (to.get(lane) ?? 0));
    if (!this.isOpen) this.retries = 0;
    return null;
  }
}

function pick(offsets: Offsets, topics: readonly string[]): Offsets {
  return new Map(topics.map((topic) => [topic, offsets.get(topic) ?? 0]));
}
