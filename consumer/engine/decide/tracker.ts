import { invariant } from '../../../common/errors.ts';
import type { OffsetRange } from '../../../common/kafka/decide/offset-map.ts';
import type { Held } from '../work.ts';

/** One received record; `isDone` once its fate is durable in Kafka. */
export interface Tracked {
  readonly offset: number;
  isDone: boolean;
  /** Whose delivery it is, as far as that is known. */
  endpoint?: string;
  /** When the record of a backlog was written, ms since 1970. */
  timestampMs?: number;
  /** What is made of it while it is unfinished. */
  held?: Held | undefined;
}

/** Finished entries are dropped once there are this many. */
const COMPACT_AFTER = 1_024;

/**
 * Which records of one partition are unfinished, and so what may be committed. What lies
 * between the records that were received holds nothing to do (transaction markers, what is gone, in
 * a backlog what is of other endpoints), so it counts as finished.
 *
 * Invariant: the commit point never passes an unfinished record.
 */
export class PartitionTracker {
  /** Ascending by offset. */
  private entries: Tracked[] = [];
  /** Index of the first unfinished entry. */
  private head = 0;
  /** Finished entries after it. */
  private doneCount = 0;
  /** Offset after the last finished record. */
  private finishedTo = 0;
  /** Offset after the last one read; with nothing unfinished it is the commit point. */
  private readTo: number;
  /** Finished under an earlier owner, ascending. */
  private doneBefore: readonly OffsetRange[];

  /**
   * @param start      the committed offset
   * @param doneBefore ranges after it that the commit's metadata names as finished
   */
  constructor(start: number, doneBefore: readonly OffsetRange[] = []) {
    this.readTo = start;
    this.doneBefore = doneBefore;
  }

  get position(): number {
    return this.readTo;
  }

  /**
   * Takes note of a received record.
   *
   * @returns what to hand to `finish` later; null when the record is to be passed over, since
   *          an earlier owner finished it or it has been received before
   */
  receive(offset: number): Tracked | null {
    if (offset < this.readTo) return null;
    this.readTo = offset + 1;
    const tracked = { offset, isDone: this.wasDoneBefore(offset) };
    this.entries.push(tracked);
    if (!tracked.isDone) return tracked;
    this.countDone(offset);
    return null;
  }

  /** Moves past what has no record: transaction markers, compacted offsets. */
  skipTo(offset: number): void {
    this.readTo = Math.max(this.readTo, offset);
  }

  /** The record's fate is durable. Records finish in any order. */
  finish(tracked: Tracked): void {
    invariant(!tracked.isDone, `offset ${tracked.offset} finished twice`);
    tracked.isDone = true;
    tracked.held = undefined;
    this.countDone(tracked.offset);
  }

  /** The offset to commit: the first unfinished one, or what comes next when there is none. */
  get commitPoint(): number {
    const unfinished = this.entries[this.head];
    if (unfinished) return unfinished.offset;
    let point = this.readTo;
    // A commit names what is finished behind an unfinished record: at its own offset is none.
    for (const { start, end } of this.doneBefore) {
      if (start > point) break;
      point = Math.max(point, end);
    }
    return point;
  }

  /** Where the last range that an earlier owner finished ends. */
  get knownTo(): number {
    return this.doneBefore.at(-1)?.end ?? 0;
  }

  get unfinishedExists(): boolean {
    return this.head < this.entries.length;
  }

  /** The first record that is unfinished. */
  get first(): Tracked | undefined {
    return this.entries[this.head];
  }

  /** Finished ranges beyond the commit point, ascending and not touching. */
  doneBeyond(): readonly OffsetRange[] {
    return this.withDoneBefore(this.doneRanges());
  }

  /** The same for one endpoint's deliveries, from the commit point on: all others are no matter. */
  doneBeyondOf(endpoint: string): readonly OffsetRange[] {
    return this.withDoneBefore(this.doneRanges(({ endpoint: of }) => of === endpoint));
  }

  /** What was received of an endpoint and is unfinished, ascending. */
  unfinishedOf(endpoint: string): readonly Tracked[] {
    return this.unfinished().filter((tracked) => tracked.endpoint === endpoint);
  }

  /** What was received and is unfinished, ascending. */
  unfinished(): readonly Tracked[] {
    return this.entries.slice(this.head).filter(({ isDone }) => !isDone);
  }

  /** What an earlier owner finished and we have not read yet stays known. */
  private withDoneBefore(ranges: MutableRange[]): readonly OffsetRange[] {
    const from = Math.max(this.readTo, this.commitPoint);
    for (const range of this.doneBefore) {
      const start = Math.max(range.start, from);
      if (start < range.end) append(ranges, start, range.end);
    }
    return ranges;
  }

  /** From the commit point to the last finished record, all but what is unfinished. */
  private doneRanges(isWanted: (tracked: Tracked) => boolean = () => true): MutableRange[] {
    const ranges: MutableRange[] = [];
    const { commitPoint, finishedTo } = this;
    let from = commitPoint;
    // Most entries wait, and lie behind the last one that is finished.
    for (let index = this.head; index < this.entries.length && from < finishedTo; index += 1) {
      const tracked = this.entries[index] as Tracked;
      if (tracked.isDone || !isWanted(tracked)) continue;
      const end = Math.min(tracked.offset, finishedTo);
      if (from < end) append(ranges, from, end);
      from = tracked.offset + 1;
    }
    if (from < finishedTo) append(ranges, from, finishedTo);
    return ranges;
  }

  private wasDoneBefore(offset: number): boolean {
    while (this.doneBefore.length > 0 && (this.doneBefore[0] as OffsetRange).end <= offset) {
      this.doneBefore = this.doneBefore.slice(1);
    }
    const [first] = this.doneBefore;
    return first !== undefined && first.start <= offset;
  }

  private countDone(offset: number): void {
    this.doneCount += 1;
    this.finishedTo = Math.max(this.finishedTo, offset + 1);
    this.advance();
  }

  private advance(): void {
    while (this.entries[this.head]?.isDone) {
      this.head += 1;
      this.doneCount -= 1;
    }
    if (this.doneCount >= COMPACT_AFTER && this.doneCount * 2 >= this.entries.length - this.head) {
      this.entries = this.entries.slice(this.head).filter((entry) => !entry.isDone);
      this.head = 0;
      this.doneCount = 0;
    }
    if (this.head >= COMPACT_AFTER && this.head * 2 >= this.entries.length) {
      this.entries = this.entries.slice(this.head);
      this.head = 0;
    }
  }
}

interface MutableRange {
  start: number;
  end: number;
}

/** Adds a range that begins after all others. */
function append(ranges: MutableRange[], start: number, end: number): void {
  const last = ranges.at(-1);
  if (last && last.end === start) last.end = end;
  else ranges.push({ start, end });
}
