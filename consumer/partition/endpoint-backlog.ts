import type { RetryInPlace } from '../../common/kafka/positions/commit-metadata.ts';
import type { Cursor } from '../../common/kafka/consume/cursor-store.ts';
import { encodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { progress, union } from './ranges.ts';
import type { Progress } from './ranges.ts';
import { OffsetTracker } from './offset-tracker.ts';
import type { Tracked } from './offset-tracker.ts';
import type { PartitionState } from './partition-state.ts';
import type { Held, Home } from './home.ts';

/** Kafka forgets the offsets of a group without members after a week, unless they are set again. */
const RENEW_MS = 12 * 3_600_000;

/** A cursor that is to be committed. Until it is, each commit of the partition takes it again. */
export interface TakenCursor extends Cursor {
  /** The caller calls this once the cursor is durable. */
  readonly committed: () => void;
}

interface Given {
  readonly endpoint: string;
  readonly root: PartitionState;
  readonly progress: Progress;
  /** Deliveries that are under way already, and are not read again. */
  readonly started: readonly Held[];
  readonly until: number | null;
  readonly left: number | null;
  readonly countedTo: number;
  readonly sinceMs: number;
  readonly attemptsFromMs: number;
  readonly retries: readonly RetryInPlace[];
  /** Kafka has a cursor that says the same. */
  readonly isDurable: boolean;
}

/**
 * Deliveries that an endpoint which is behind has left to make in a partition. The group has passed
 * them over, so the endpoint has a cursor of its own in the log, from which they are read again
 * when the endpoint can take them.
 */
export class EndpointBacklog implements Home {
  readonly endpoint: string;
  readonly root: PartitionState;
  readonly tracker: OffsetTracker;
  openRecords = 0;
  openBytes = 0;
  heldRecords = 0;
  /** Offset from which the group reads the endpoint's records; null: the endpoint is behind. */
  until: number | null;
  /** Deliveries that are not finished; null: not counted, as after a reset. */
  left: number | null;
  /** Up to this offset they are counted. */
  countedTo: number;
  /** About when the first of them was written, ms since 1970; 0: not known. */
  sinceMs: number;
  /** Attempts of before tell nothing, as its cursor was moved then; ms since 1970. */
  readonly attemptsFromMs: number;
  /** Fill level of the last cursor's metadata; above 1 they could not name all that is finished. */
  mapLoad = 0;
  private version = 1;
  /** The version that a durable cursor tells. */
  private durableVersion: number;
  /** When it was last given to be committed, ms since 1970. */
  private takenAtMs = 0;
  /** Whether more has been left behind than the last cursor says. */
  private hasGrown = false;
  private readonly started = new Map<number, Tracked>();
  private readonly retriesInPlace: Map<number, RetryInPlace>;

  constructor(given: Given) {
    const { endpoint, root, started, until, left, countedTo, sinceMs, retries } = given;
    this.endpoint = endpoint;
    this.root = root;
    const { offset, done } = given.progress;
    const away = started.map(({ tracked: { offset: start } }) => ({ start, end: start + 1 }));
    const inMemory = progress(offset, union(done, away), []);
    this.tracker = new OffsetTracker(inMemory.offset, inMemory.done);
    this.until = until;
    this.left = left;
    this.countedTo = countedTo;
    this.sinceMs = sinceMs;
    this.attemptsFromMs = given.attemptsFromMs;
    this.durableVersion = given.isDurable ? this.version : 0;
    this.retriesInPlace = new Map(retries.map((retry) => [retry.offset, retry]));
    for (const held of started) {
      const { offset: at } = held.tracked;
      const tracked: Tracked = { offset: at, isDone: false, endpoint, held };
      this.started.set(at, tracked);
      held.home = this;
      held.tracked = tracked;
    }
  }

  /** Offset at which the next read begins. */
  get position(): number {
    return this.tracker.position;
  }

  /** Where what is not finished begins, and what is finished beyond. */
  get progress(): Progress {
    const open = [...this.started.keys()].sort((a, b) => a - b);
    return progress(this.tracker.commitPoint, this.tracker.doneBeyond(), open);
  }

  /** All of it is read: what is not finished is in memory. */
  get isRead(): boolean {
    return this.until !== null;
  }

  get isOver(): boolean {
    return this.isRead && !this.tracker.unfinishedExists && this.started.size === 0;
  }

  /** Number of records in memory that do not wait behind a delivery that failed. */
  get loaded(): number {
    return this.openRecords - this.heldRecords;
  }

  /** Deliveries that are not in memory; roughly, when they are not counted. */
  get leftBehind(): number {
    if (this.left !== null) return Math.max(0, this.left - this.openRecords);
    return this.isRead ? 0 : Math.max(0, this.root.tracker.position - this.position);
  }

  /** Returns the unfinished deliveries in memory, those under way included. */
  unfinished(): readonly Tracked[] {
    return [...this.started.values(), ...this.tracker.unfinished()];
  }

  /** Whether a record at the head of the log is the business of this backlog. */
  covers(offset: number): boolean {
    return this.until === null || offset < this.until;
  }

  /** The group has passed over a record of the endpoint's. */
  passed({ offset, timestampMs }: Pick<LogRecord, 'offset' | 'timestampMs'>): void {
    if (offset < this.countedTo) return;
    this.countedTo = offset + 1;
    this.hasGrown = true;
    if (this.left === 0 || this.sinceMs === 0) this.sinceMs = timestampMs;
    // A head at the end of the log and cursors that have nothing left mean that all is delivered.
    if (this.left === 0) this.changed();
    if (this.left !== null) this.left += 1;
  }

  /** Takes note of a record that was read again. @returns null: it is finished, or under way */
  receive({ offset, timestampMs }: LogRecord): Tracked | null {
    const tracked = this.tracker.receive(offset);
    if (!tracked) return null;
    tracked.endpoint = this.endpoint;
    tracked.timestampMs = timestampMs;
    this.ageAnew();
    return tracked;
  }

  /** A dead owner had delivered a record that is not read yet, and no cursor knew of it. */
  wasMade(offset: number): void {
    this.tracker.knowDone(offset);
    this.changed();
  }

  /** How many deliveries that are not in memory lie before an offset, at most. */
  countBefore(offset: number): number {
    return Math.min(this.leftBehind, Math.max(0, offset - this.position));
  }

  /**
   * Passes over what lies before an offset: retention has taken it, or it is not wanted any more.
   *
   * @returns how many deliveries that are, at most
   */
  skipTo(offset: number): number {
    const skipped = this.countBefore(offset);
    this.tracker.skipTo(offset);
    this.left = offset >= this.root.tracker.position ? this.openRecords : null;
    this.changed();
    return skipped;
  }

  /** The endpoint keeps up from here on: what comes next is the group's. */
  attach(): void {
    this.until = this.position;
    // After a crash more records may have been counted than the head has read again.
    this.left = this.unfinished().length;
    this.countedTo = this.until;
    const { until } = this;
    const later = this.retries().filter((retry) => retry.offset >= until);
    this.root.attached(this.endpoint, later);
    this.changed();
  }

  /**
   * Whether the head may read the endpoint's records from the position on: no finished record is
   * known beyond it, and none that an earlier owner has passed over, which the head will not see
   * again.
   */
  get isAttachable(): boolean {
    const known = Math.max(this.tracker.knownTo, this.root.tracker.knownTo);
    return this.until === null && known <= this.position;
  }

  finish(tracked: Tracked): void {
    this.retriesInPlace.delete(tracked.offset);
    if (this.started.get(tracked.offset) === tracked) this.started.delete(tracked.offset);
    else this.tracker.finish(tracked);
    if (this.left !== null) this.left = Math.max(0, this.left - 1);
    this.root.finishedRecords += 1;
    this.ageAnew();
    this.changed();
  }

  /** The oldest is the first that was read again, unless one from before is still under way. */
  private ageAnew(): void {
    if (this.started.size === 0) this.sinceMs = this.tracker.first?.timestampMs ?? this.sinceMs;
  }

  retriesAgain(retry: RetryInPlace): void {
    this.retriesInPlace.set(retry.offset, retry);
    this.changed();
  }

  retryAt({ offset }: Pick<Tracked, 'offset'>): RetryInPlace | null {
    return this.retriesInPlace.get(offset) ?? null;
  }

  retries(): readonly RetryInPlace[] {
    return [...this.retriesInPlace.values()].sort((a, b) => a.offset - b.offset);
  }

  changed(): void {
    this.version += 1;
    this.root.isDirty = true;
  }

  /**
   * Has its cursor written again when that is of use, though it has not moved.
   *
   * @param everyMs how often it may be for its count alone
   */
  freshen(nowMs: number, everyMs: number): boolean {
    const forMs = nowMs - this.takenAtMs;
    if (forMs <= RENEW_MS && !(this.hasGrown && forMs >= everyMs)) return false;
    this.changed();
    return true;
  }

  takeCursor(owner: string): TakenCursor | null {
    const { version } = this;
    if (version === this.durableVersion) return null;
    this.hasGrown = false;
    this.takenAtMs = Date.now();
    const { endpoint, root, until, left, countedTo, sinceMs, attemptsFromMs } = this;
    const { offset, done } = this.progress;
    const retries = this.retries().filter((retry) => retry.offset >= offset);
    const counts = { until, left, countedTo, sinceMs, attemptsFromMs };
    const mark = { owner, topicId: root.topicId, done, retries, ...counts };
    const { text: metadata, load } = encodeCursorMark(offset, mark);
    this.mapLoad = load;
    const { topic, partition } = root;
    const committed = () => {
      this.durableVersion = version;
      root.cursors.set(endpoint, offset);
    };
    return { endpoint, topic, partition, offset, metadata, committed };
  }
}
