import { invariant } from '../../common/base/errors.ts';
import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';
import { append, union } from './ranges.ts';
import type { MutableRange } from './ranges.ts';
import type { Held } from './home.ts';

/** One received record; `isDone` once its outcome is durable in Kafka. */
export interface Tracked {
  readonly offset: number;
  isDone: boolean;
  /** Endpoint of the delivery, once known. */
  endpoint?: string;
  /** When the record of a backlog was written, ms since 1970. */
  timestampMs?: number;
  /** The work on the record while the record is unfinished. */
  held?: Held | undefined;
  /** Deliveries of an event, by endpoint. The event is finished once all of them are. */
  parts?: Parts;
  /** The event to which a delivery belongs. */
  whole?: Tracked & { readonly parts: Parts };
}

interface Parts {
  readonly byEndpoint: ReadonlyMap<string, Tracked>;
  openCount: number;
  /** When they were made, ms since 1970. */
  readonly sinceMs: number;
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
export class OffsetTracker {
  /** Ascending by offset. */
  private entries: Tracked[] = [];
  /** Index of the first unfinished entry. */
  private head = 0;
  /** Finished entries after it. */
  private doneCount = 0;
  private openEventCount = 0;
  /** Offset after the last finished record. */
  private finishedTo = 0;
  /** Offset after the last finished delivery of an unfinished event. */
  private partsFinishedTo = 0;
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

  /** Whether `receive` has something to hand out for a record. */
  wants(offset: number): boolean {
    return offset >= this.readTo && !this.wasDoneBefore(offset);
  }

  /** Marks an offset as finished by an earlier owner. */
  knowDone(offset: number): void {
    if (offset < this.readTo) return;
    this.doneBefore = union(this.doneBefore, [{ start: offset, end: offset + 1 }]);
  }

  /** Moves past what has no record: transaction markers, compacted offsets. */
  skipTo(offset: number): void {
    this.readTo = Math.max(this.readTo, offset);
  }

  /**
   * An event that was received is a delivery to each of some endpoints, at least one.
   *
   * @param done endpoints that have had theirs from an earlier owner
   * @returns what is to be delivered
   */
  split(
    event: Tracked,
    endpoints: readonly string[],
    done: readonly string[],
    nowMs: number,
  ): readonly Tracked[] {
    const { offset } = event;
    const parts = {
      byEndpoint: new Map<string, Tracked>(),
      openCount: endpoints.length,
      sinceMs: nowMs,
    };
    const whole = Object.assign(event, { parts });
    const open = endpoints.map((endpoint) => ({ offset, isDone: false, endpoint, whole }));
    for (const part of open) parts.byEndpoint.set(part.endpoint, part);
    if (done.length > 0) this.partsFinishedTo = Math.max(this.partsFinishedTo, offset + 1);
    for (const endpoint of done) {
      parts.byEndpoint.set(endpoint, { offset, isDone: true, endpoint, whole });
    }
    this.openEventCount += 1;
    return open;
  }

  /** The record's fate is durable. Records finish in any order. */
  finish(tracked: Tracked): void {
    invariant(!tracked.isDone, `offset ${tracked.offset} finished twice`);
    tracked.isDone = true;
    tracked.held = undefined;
    const { whole, offset } = tracked;
    if (!whole) return this.countDone(offset);
    this.partsFinishedTo = Math.max(this.partsFinishedTo, offset + 1);
    whole.parts.openCount -= 1;
    if (whole.parts.openCount > 0) return;
    this.openEventCount -= 1;
    this.finish(whole);
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

  /** End of the last range that an earlier owner finished. */
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

  /**
   * Returns the finished ranges beyond the commit point for one endpoint's deliveries; others do
   * not matter.
   */
  doneBeyondOf(endpoint: string): readonly OffsetRange[] {
    const end = Math.max(this.finishedTo, this.partsFinishedTo);
    return this.withDoneBefore(this.doneRanges(end, (entry) => isOpenFor(endpoint, entry)));
  }

  /** Returns the received and unfinished deliveries of an endpoint, ascending. */
  unfinishedOf(endpoint: string): readonly Tracked[] {
    return this.entries.slice(this.head).flatMap((entry) => {
      const own = entry.parts ? entry.parts.byEndpoint.get(endpoint) : entry;
      return own && own.endpoint === endpoint && !own.isDone ? [own] : [];
    });
  }

  /** Returns the received and unfinished deliveries, ascending. */
  unfinished(): readonly Tracked[] {
    const open = this.entries.slice(this.head).filter(({ isDone }) => !isDone);
    return open.flatMap((entry) => (entry.parts ? openOf(entry.parts) : [entry]));
  }

  /** When the oldest event was received that is not finished, ms since 1970; Infinity: none. */
  get openEventSinceMs(): number {
    if (this.openEventCount === 0) return Infinity;
    const oldest = this.entries.slice(this.head).find(({ parts, isDone }) => parts && !isDone);
    return oldest?.parts?.sinceMs ?? Infinity;
  }

  /** Deliveries of events that were received before a time and are not finished. */
  openPartsBefore(ms: number): readonly Tracked[] {
    if (this.openEventCount === 0) return [];
    return this.entries.slice(this.head).flatMap(({ parts, isDone }) => {
      return parts && !isDone && parts.sinceMs < ms ? openOf(parts) : [];
    });
  }

  /** Adds the ranges that an earlier owner finished and that this process has not read yet. */
  private withDoneBefore(ranges: MutableRange[]): readonly OffsetRange[] {
    const from = Math.max(this.readTo, this.commitPoint);
    for (const range of this.doneBefore) {
      const start = Math.max(range.start, from);
      if (start < range.end) append(ranges, start, range.end);
    }
    return ranges;
  }

  /** Lists the ranges from the commit point to an end, without the unfinished records. */
  private doneRanges(
    to = this.finishedTo,
    isOpen: (entry: Tracked) => boolean = ({ isDone }) => !isDone,
  ): MutableRange[] {
    const ranges: MutableRange[] = [];
    let from = this.commitPoint;
    // Most entries are unfinished and lie behind the last finished one.
    for (let index = this.head; index < this.entries.length && from < to; index += 1) {
      const entry = this.entries[index] as Tracked;
      if (!isOpen(entry)) continue;
      const end = Math.min(entry.offset, to);
      if (from < end) append(ranges, from, end);
      from = entry.offset + 1;
    }
    if (from < to) append(ranges, from, to);
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

/** Returns the unfinished deliveries of an event. */
function openOf({ byEndpoint }: Parts): readonly Tracked[] {
  return [...byEndpoint.values()].filter(({ isDone }) => !isDone);
}

/** Whether an endpoint has yet to get its delivery of a record. */
function isOpenFor(name: string, { isDone, endpoint, parts }: Tracked): boolean {
  if (isDone) return false;
  return parts ? parts.byEndpoint.get(name)?.isDone === false : endpoint === name;
}
