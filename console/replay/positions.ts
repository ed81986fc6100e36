import type { LaneWindows } from './replay-state.ts';

/** The next offset to read of each partition of both lanes. */
export class Positions {
  private readonly next: Map<string, number>;

  constructor(lanes: readonly LaneWindows[]) {
    this.next = new Map(
      lanes.flatMap(({ topic, windows }) =>
        windows.map(([partition, next]): [string, number] => [`${topic}/${partition}`, next]),
      ),
    );
  }

  of(topic: string, partition: number): number {
    return this.next.get(`${topic}/${partition}`) ?? 0;
  }

  set(topic: string, partition: number, next: number): void {
    this.next.set(`${topic}/${partition}`, next);
  }

  /** Returns the windows of a lane without the part that was read. */
  advanced({ topic, windows }: LaneWindows): LaneWindows['windows'] {
    return windows.map(([partition, , end]) => [partition, this.of(topic, partition), end]);
  }
}
