import type { Commit } from '../../common/kafka/ports.ts';
import { encodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import type {
  CommitMark,
  Loss,
  RetryInPlace,
} from '../../common/kafka/positions/commit-metadata.ts';
import type { PackedRecord } from '../../common/kafka/log-record.ts';
import { owedBy } from './owed.ts';
import { DeliveredBefore } from './delivered-before.ts';
import { OffsetTracker } from './offset-tracker.ts';
import type { Tracked } from './offset-tracker.ts';
import type { EndpointBacklog, TakenCursor } from './endpoint-backlog.ts';
import { newGeneration } from './lane-name.ts';
import { Fifo } from '../../common/base/fifo.ts';
import type { Home } from './home.ts';

/** Fill level of the metadata above which no new records are taken until the map shrinks. */
export const MAP_LOAD_MAX = 0.75;

/** A commit that is on its way. */
export interface TakenCommit {
  readonly work: PartitionState;
  readonly commit: Commit;
  /** Cursors of backlogs that have changed. They must be durable before the commit is made. */
  readonly cursors: readonly TakenCursor[];
  /** Backlogs that are over, and of which a head at the commit knows nothing to repeat. */
  readonly over: readonly EndpointBacklog[];
}

let serials = 0;

/**
 * State of one partition while this process owns it: what was received, what is open, what to
 * commit.
 */
export class PartitionState implements Home {
  readonly root = this;
  /** Backlogs that the group has passed over, by endpoint; each has a cursor of its own. */
  readonly backlogs = new Map<string, EndpointBacklog>();
  /** Number of this membership, which distinguishes two periods with the same partition. */
  readonly serial = (serials += 1);
  readonly topic: string;
  readonly partition: number;
  readonly tracker: OffsetTracker;
  /** False once another member has it: what has not been sent by then is not ours to send. */
  isOurs = true;
  /** Whether the partition is claimed. Before that, nothing of it may be sent. */
  isBegun = false;
  /** Time since which nothing is fetched, in ms; null while records are fetched. */
  pausedAtMs: number | null = null;
  openRecords = 0;
  openBytes = 0;
  heldRecords = 0;
  /** Fetched, while there is no room for more deliveries: an event may be a thousand of them. */
  readonly fetched = new Fifo<PackedRecord>();
  fetchedBytes = 0;
  /** Offset after the last one fetched. */
  fetchedTo = 0;
  /** Deliveries that the last owner had made, and not committed, when it died. */
  delivered = new DeliveredBefore();
  /** Returns the time since which attempts have been on their way to their log, ms since 1970. */
  attemptsPendingSinceMs: () => number = Date.now;
  /** When the cursors of its endpoints began to be read, ms since 1970. */
  cursorsReadAtMs = 0;
  /** Being sent, or sent and not yet finished: what a hand-over must wait for. */
  startedRecords = 0;
  finishedRecords = 0;
  /**
   * Attempts by offset, for records that are retried from their place in the log, where no header
   * can count them.
   */
  private readonly retriesInPlace: Map<number, RetryInPlace>;
  /** Retries in place of the deliveries of events, by `offset endpoint`. */
  private readonly retriesOfParts = new Map<string, RetryInPlace>();
  /** Something has changed that no commit has taken yet. */
  isDirty = true;
  private mapLoad = 0;

  /** Id of the log (consumer/log/log-id.ts); '' where it is not known. */
  readonly topicId: string;
  /** End of the log when it was last read. */
  logEnd = 0;
  /** Recent losses of the partition. */
  losses: readonly Loss[];
  /** Tells this log, as far as nobody has moved its offsets, from any other. */
  readonly generation: string;
  /** Records before this offset may be read for a second time: somebody has set the offset. */
  readonly rereadTo: number;
  /** The names that receivers have for its deliveries, by endpoint. */
  readonly laneNames = new Map<string, string>();
  readonly attemptsFromMs = 0;
  /** The offset that is known to be committed. */
  committed = 0;
  /** Offsets of the cursors that Kafka is known to have, by endpoint. */
  readonly cursors = new Map<string, number>();

  /**
   * @param mark   what the last owner said in its commit at `start`
   * @param readTo where the reading by a position that is not known any more has ended at most
   */
  constructor(
    topic: string,
    partition: number,
    start: number,
    mark: Pick<CommitMark, 'done' | 'retries' | 'losses' | 'generation' | 'rereadTo'> | null,
    topicId = '',
    readTo = 0,
  ) {
    this.losses = mark?.losses ?? [];
    this.generation = mark?.generation || newGeneration();
    this.rereadTo = (mark?.generation ? mark.rereadTo : readTo) ?? 0;
    this.topicId = topicId;
    this.topic = topic;
    this.partition = partition;
    this.tracker = new OffsetTracker(start, mark?.done);
    this.retriesInPlace = new Map(mark?.retries.map((retry) => [retry.offset, retry]));
  }

  get name(): string {
    return `${this.topic}/${this.partition}`;
  }

  get isPaused(): boolean {
    return this.pausedAtMs !== null;
  }

  paused(nowMs: number): void {
    this.pausedAtMs = nowMs;
  }

  resumed(): void {
    this.pausedAtMs = null;
  }

  retriesAgain(retry: RetryInPlace, tracked: Tracked): void {
    // A commit has no room to tell whose attempt it was. Who holds up an event is soon detached,
    // and then its cursor says so.
    if (tracked.whole) this.retriesOfParts.set(nameOf(tracked.offset, tracked.endpoint), retry);
    else this.retriesInPlace.set(retry.offset, retry);
    this.isDirty = true;
  }

  /** The head has an endpoint's deliveries again, and with them what is known of their attempts. */
  attached(endpoint: string, retries: readonly RetryInPlace[]): void {
    // Whether an event or a delivery lies there is known when it is read.
    for (const retry of retries) {
      this.retriesOfParts.set(nameOf(retry.offset, endpoint), retry);
      this.retriesInPlace.set(retry.offset, retry);
    }
  }

  retryAt({ offset, endpoint, whole }: Tracked): RetryInPlace | null {
    if (whole) return this.retriesOfParts.get(nameOf(offset, endpoint)) ?? null;
    return this.retriesInPlace.size === 0 ? null : (this.retriesInPlace.get(offset) ?? null);
  }

  /** Gives away what it knows of the attempts of an endpoint's delivery, also of an event. */
  takeRetry(endpoint: string, { offset, parts, whole }: Tracked): RetryInPlace | null {
    if (this.retriesInPlace.size + this.retriesOfParts.size === 0) return null;
    const ofPart = this.retriesOfParts.get(nameOf(offset, endpoint)) ?? null;
    this.retriesOfParts.delete(nameOf(offset, endpoint));
    if (parts || whole) return ofPart;
    const retry = this.retriesInPlace.get(offset) ?? ofPart;
    this.retriesInPlace.delete(offset);
    return retry;
  }

  /** The last commit, or a cursor, could not name all that is finished: a crash would repeat it. */
  get isMapCut(): boolean {
    return this.mapLoad > 1 || [...this.backlogs.values()].some(({ mapLoad }) => mapLoad > 1);
  }

  get isMapFull(): boolean {
    return this.mapLoad > MAP_LOAD_MAX;
  }

  changed(): void {
    this.isDirty = true;
  }

  /** The record is the business of its endpoint's backlog. */
  pass(tracked: Tracked): void {
    this.tracker.finish(tracked);
    this.isDirty = true;
  }

  finish(tracked: Tracked): void {
    this.takeRetry(tracked.endpoint ?? '', tracked);
    this.tracker.finish(tracked);
    this.finishedRecords += 1;
    this.isDirty = true;
  }

  /** Returns the commit to make now, or null when nothing has changed since the last call. */
  takeCommit(owner: string): TakenCommit | null {
    if (!this.isDirty) return null;
    this.isDirty = false;
    const cursors = this.takeCursors(owner);
    const commit = this.commit(owner, false);
    const over = [...this.backlogs.values()].filter((one) => this.isOver(one, commit.offset));
    return { work: this, commit, cursors, over };
  }

  /** Whether nobody who begins at an offset needs the cursor of a backlog. */
  private isOver({ isOver, until, attemptsFromMs }: EndpointBacklog, offset: number): boolean {
    if (!isOver || (until as number) > offset) return false;
    // Until then the time says which attempts came before a reset.
    return attemptsFromMs === 0 || !this.delivered.isNeededAt(offset);
  }

  /** Removes a backlog whose cursor is gone, unless the endpoint was detached again. */
  forget(backlog: EndpointBacklog): void {
    if (this.backlogs.get(backlog.endpoint) === backlog) {
      this.backlogs.delete(backlog.endpoint);
      this.cursors.delete(backlog.endpoint);
    }
    this.isDirty = true;
  }

  /** The cursors that have changed since they were last committed. */
  takeCursors(owner: string): readonly TakenCursor[] {
    return [...this.backlogs.values()].flatMap((backlog) => backlog.takeCursor(owner) ?? []);
  }

  /** Stops taking records in: the last cursors name all that was left behind. */
  intakeEnded(): void {
    for (const backlog of this.backlogs.values()) backlog.freshen(Date.now(), 0);
  }

  /** Marks the state as changed again, because the commit that was taken has failed. */
  notCommitted(): void {
    this.isDirty = true;
  }

  /** How many offsets of its log are not finished. */
  get owed(): number {
    const { commitPoint, position } = this.tracker;
    return owedBy(commitPoint, Math.max(this.logEnd, position), this.tracker.doneBeyond());
  }

  /** Puts the owner's name on the partition before anything of it is sent. */
  claimCommit(owner: string): Commit {
    return this.commit(owner, false);
  }

  /** Returns the final commit of a partition that goes to another member. */
  releaseCommit(owner: string): Commit {
    return this.commit(owner, true);
  }

  private get cursorCount(): number {
    let count = 0;
    for (const { isOver } of this.backlogs.values()) if (!isOver) count += 1;
    return count;
  }

  /** @returns 0: no attempt tells of more than the commit */
  private attemptsSinceMs(offset: number, isReleased: boolean): number {
    const { delivered, tracker } = this;
    const before = delivered.isNeededAt(offset) ? delivered.sinceMs : Infinity;
    // Some deliveries of an unfinished event may have been made.
    const known = Math.min(tracker.openEventSinceMs, before);
    const sinceMs = isReleased ? known : Math.min(known, this.attemptsPendingSinceMs());
    return sinceMs === Infinity ? 0 : sinceMs;
  }

  private commit(owner: string, isReleased: boolean): Commit {
    const offset = this.tracker.commitPoint;
    const done = this.tracker.doneBeyond();
    if (!this.delivered.isNeededAt(offset)) this.delivered = new DeliveredBefore();
    forgetBefore(this.retriesInPlace, offset);
    forgetBefore(this.retriesOfParts, offset);
    const retries = [...this.retriesInPlace.values()];
    const logEnd = Math.max(this.logEnd, this.tracker.position);
    const { losses, cursorCount: cursors, generation } = this;
    const attemptsSinceMs = this.attemptsSinceMs(offset, isReleased);
    const rereadTo = this.rereadTo > offset ? this.rereadTo : 0;
    const log = { topicId: this.topicId, logEnd, losses, cursors, attemptsSinceMs };
    const mark = { owner, isReleased, done, retries, ...log, generation, rereadTo };
    const { text, load } = encodeCommitMark(offset, mark);
    this.mapLoad = load;
    return { topic: this.topic, partition: this.partition, offset, metadata: text };
  }
}

function nameOf(offset: number, endpoint = ''): string {
  return `${offset} ${endpoint}`;
}

function forgetBefore<Key>(retries: Map<Key, RetryInPlace>, offset: number): void {
  for (const [key, retry] of retries) if (retry.offset < offset) retries.delete(key);
}
