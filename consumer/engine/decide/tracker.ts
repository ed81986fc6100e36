import { invariant } from '../../../common/errors.ts';
import type { OffsetRange } from '../../../common/kafka/decide/offset-map.ts';
import type { Held } from '../work.ts';

/** One received record; `isDone` once its fate is durable in Kafka. */
export interface Tracked {
  readonly offset: number;
  isDone: boolean;
  /** Whose delivery it is, as far as that is known. */
  endpoint?: string;
  /** What is made of it while it is unfinished. */
  held?: Held | undefined;
}

/** Finished entries are cut off the front, or folded into ranges, once there are this many. */
const COMPACT_AFTER = 1_024;

/**
 * Which records of one partition are unfinished, and so what may be committed. Only offsets
 * that were received are tracked: nothing is assumed of those in between.
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
  /** Finished records that have no entry any more, ascending: one that waits long keeps many. */
  private folded: readonly OffsetRange[] = [];
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
    this.doneCount += 1;
    this.advance();
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
    this.doneCount += 1;
    this.advance();
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

  /** Finished ranges beyond the commit point, ascending and not touching. */
  doneBeyond(): readonly OffsetRange[] {
    return this.withDoneBefore(this.doneRanges());
  }

  /**
   * The same for one endpoint's deliveries: those that are known to be of another one are left
   * out, so that the ranges are few.
   */
  doneBeyondOf(endpoint: string): readonly OffsetRange[] {
    // Whose it was that an earlier owner has finished is not known.
    const isOf = ({ endpoint: of }: Tracked) => of === undefined || of === endpoint;
    return this.withDoneBefore(this.doneRanges(isOf));
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

  /** Of what was received, folded and entries merged. */
  private doneRanges(isWanted: (tracked: Tracked) => boolean = () => true): MutableRange[] {
    const ranges: MutableRange[] = [];
    const { commitPoint } = this;
    const folded = this.folded.filter((range) => range.end > commitPoint);
    this.folded = folded;
    let next = 0;
    // Most entries wait, and lie behind the last one that is finished.
    let left = this.doneCount;
    for (let index = this.head; left > 0; index += 1) {
      const tracked = this.entries[index] as Tracked;
      const { offset, isDone } = tracked;
      if (!isDone) continue;
      left -= 1;
      if (!isWanted(tracked)) continue;
      for (let range = folded[next]; range && range.start < offset; range = folded[next]) {
        append(ranges, range.start, range.end);
        next += 1;
      }
      append(ranges, offset, offset + 1);
    }
    for (const range of folded.slice(next)) append(ranges, range.start, range.end);
    return ranges;
  }

  private wasDoneBefore(offset: number): boolean {
    while (this.doneBefore.length > 0 && (this.doneBefore[0] as OffsetRange).end <= offset) {
      this.doneBefore = this.doneBefore.slice(1);
    }
    const [first] = this.doneBefore;
    return first !== undefined && first.start <= offset;
  }

  private advance(): void {
    while (this.entries[this.head]?.isDone) {
      this.head += 1;
      this.doneCount -= 1;
    }
    if (this.doneCount >= COMPACT_AFTER && this.doneCount * 2 >= this.entries.length - this.head) {
      this.folded = this.doneRanges();
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
