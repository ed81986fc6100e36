import { setTimeout as sleep } from 'node:timers/promises';
import { isMalformed, parseDelivery } from '../../common/delivery.ts';
import type { LogRecord } from '../../common/delivery.ts';
import type { CommittedOffset } from '../../common/kafka/offsets.ts';
import type {
  Assignment,
  CommittedOffsets,
  Group,
  GroupHandlers,
  RecordBatch,
  Start,
} from '../../common/kafka/types.ts';
import type { Logger } from '../../common/logger.ts';
import type { Endpoint } from '../deliver/endpoint.ts';
import { Committer } from './committer.ts';
import { decodeCommitMark } from './decide/commit-metadata.ts';
import { asksForRest } from './decide/next-step.ts';
import type { Tracked } from './decide/tracker.ts';
import { Dispatcher } from './dispatcher.ts';
import { balanceIntake } from './intake.ts';
import type { PartitionWork, TakenCommit } from './partition-work.ts';
import type { Settler } from './settler.ts';
import { release, takeOver } from './take-over.ts';
import type { Candidate } from './take-over.ts';
import type { Work } from './work.ts';

interface Deps {
  /** Client id of this process; commits carry it. */
  readonly owner: string;
  readonly concurrency: number;
  readonly isKeyOrdered: boolean;
  readonly settler: Settler;
  /** Where a delivery goes. */
  readonly endpointFor: (subscription: string | null) => Endpoint | null;
  /** How many partitions of each topic are ours has changed. */
  readonly onShareChanged: (assignment: Assignment) => void;
  readonly committed: (topic: string, partition: number) => Promise<CommittedOffset>;
  readonly liveOwners: () => Promise<ReadonlySet<string>>;
  /** Longer than any request of another member can be under way. */
  readonly waitMsMax: number;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/**
 * Sent and not yet committed, in multiples of the concurrency: the most that a crash repeats.
 * Large enough that a commit's round trip never holds up the sending.
 */
const UNCOMMITTED_FACTOR = 4;

/** Longer than a rebalance takes: only then is a commit impossible while the broker answers. */
const FINAL_COMMIT_MS = 10_000;

/**
 * Everything between the log and the receiver: takes records in, sends them as order, endpoint
 * and concurrency allow, and commits an offset only when the fate of its record is in Kafka.
 */
export class Engine implements GroupHandlers {
  private readonly deps: Deps;
  private readonly dispatcher: Dispatcher;
  private readonly committer: Committer;
  private partitions = new Map<string, PartitionWork>();
  /** Partitions that went to another member, until the last word on them is committed. */
  private readonly leaving = new Map<string, Promise<void>>();
  private group: Group | null = null;
  /** Deliveries sent, or being sent, that no commit covers yet. */
  private atRisk = 0;
  private isClosing = false;

  constructor(deps: Deps) {
    this.deps = deps;
    this.dispatcher = new Dispatcher({
      concurrency: deps.concurrency,
      isKeyOrdered: deps.isKeyOrdered,
      mayStart: () =>
        this.group?.isStable === true && this.atRisk < deps.concurrency * UNCOMMITTED_FACTOR,
      start: (work) => void this.deliver(work).catch(deps.onFatal),
      drop: (work) => this.forget(work),
    });
    this.committer = new Committer({
      owner: deps.owner,
      group: () => this.group,
      partitions: () => this.partitions.values(),
      onCommitted: (taken) => this.committed(taken),
      logger: deps.logger,
    });
  }

  /** Something an endpoint waited for has come: its rest is over, or it has a new lease. */
  wake(): void {
    this.dispatcher.pump();
  }

  onRecords({ topic, partition, records, readTo }: RecordBatch): void {
    const home = this.partitions.get(`${topic}/${partition}`);
    if (!home) return;
    for (const record of records) {
      const tracked = home.tracker.receive(record.offset);
      if (tracked) this.receive(home, tracked, record);
    }
    home.tracker.skipTo(readTo);
    home.changed();
    this.balance(home);
  }

  onFence(): void {
    this.dispatcher.hold();
  }

  onRebalancing(): void {
    void this.committer.commitNow();
  }

  onAssigned(
    assignment: Assignment,
    committed: CommittedOffsets,
    group: Group,
  ): Promise<readonly Start[]> {
    this.group = group;
    const kept = new Map<string, PartitionWork>();
    const starts: Start[] = [];
    const candidates: Candidate[] = [];
    for (const [topic, partitions] of assignment) {
      for (const partition of partitions) {
        const known = committed.get(topic, partition);
        const mine = this.partitions.get(`${topic}/${partition}`);
        if (mine && this.isStillOurs(known)) {
          kept.set(mine.name, mine);
          mine.isPaused = false;
          starts.push({ topic, partition, offset: mine.tracker.position });
        } else {
          candidates.push({ topic, partition, ...known });
          starts.push({ topic, partition, offset: null });
        }
      }
    }
    const left = [...this.partitions.values()].filter((work) => !kept.has(work.name));
    this.partitions = kept;
    this.deps.onShareChanged(assignment);
    for (const work of left) this.leave(group, work);
    if (left.length > 0) this.dispatcher.dropForeign();
    // On the way out nothing new is taken; whoever stays in the group gets it.
    if (!this.isClosing) this.takeOver(group, candidates);
    if (!this.isClosing) this.dispatcher.release();
    return Promise.resolve(starts);
  }

  /** Ends what is under way, commits it, and leaves nothing for the next start to repeat. */
  async drain(graceMs: number): Promise<void> {
    this.isClosing = true;
    this.dispatcher.close();
    const deadlineMs = Date.now() + graceMs;
    const started = () => [...this.partitions.values()].some((work) => work.startedRecords > 0);
    const isBusy = () => started() || this.leaving.size > 0;
    while (isBusy() && Date.now() < deadlineMs) await sleep(10);
    const open = this.dispatcher.inFlightCount;
    if (open > 0) this.deps.logger.warn({ open }, 'drain.incomplete');
    await this.committer.close(FINAL_COMMIT_MS);
  }

  get inFlight(): number {
    return this.dispatcher.inFlightCount;
  }

  /** A partition whose last commit is not ours has had another owner in between. */
  private isStillOurs({ offset, metadata }: { offset: number; metadata: string }): boolean {
    const mark = decodeCommitMark(offset, metadata);
    return mark !== null && mark.owner === this.deps.owner && !mark.isReleased;
  }

  private leave(group: Group, work: PartitionWork): void {
    work.isOurs = false;
    const left = release({ ...this.deps, group }, work)
      .then(() => {
        this.atRisk -= work.close();
        if (this.leaving.get(work.name) === left) this.leaving.delete(work.name);
      })
      .catch(this.deps.onFatal);
    this.leaving.set(work.name, left);
  }

  private takeOver(group: Group, candidates: readonly Candidate[]): void {
    const deps = {
      ...this.deps,
      group,
      leaving: this.leaving,
      adopt: (work: PartitionWork) => this.partitions.set(work.name, work),
      begin: ({ topic, partition, tracker }: PartitionWork) =>
        group.startAt(topic, partition, tracker.position),
    };
    takeOver(deps, group.epoch, candidates).catch(this.deps.onFatal);
  }

  private receive(home: PartitionWork, tracked: Tracked, record: LogRecord): void {
    const bytes = record.value?.length ?? 0;
    home.openRecords += 1;
    home.openBytes += bytes;
    const delivery = parseDelivery(record);
    const endpoint = isMalformed(delivery) ? null : this.deps.endpointFor(delivery.subscription);
    if (!isMalformed(delivery) && endpoint) {
      this.dispatcher.add({ delivery, endpoint, home, tracked, bytes });
      return;
    }
    const reason = isMalformed(delivery)
      ? delivery.reason
      : `there is no subscription ${delivery.subscription}`;
    this.reject({ home, tracked, record, bytes }, reason).catch(this.deps.onFatal);
  }

  private async deliver(work: Work): Promise<void> {
    const { home } = work;
    home.startedRecords += 1;
    this.atRisk += 1;
    const result = await work.endpoint.attempt(work.delivery);
    const { outcome, latencyMs } = result;
    // Before its place is free: the next request would only be refused as well.
    if (asksForRest(outcome)) work.endpoint.throttled(outcome.retryAfterMs, latencyMs);
    this.dispatcher.ended();
    try {
      const settled = await this.deps.settler.settle(work, result);
      if (settled.kind === 'finished') return this.finish(work);
      this.atRisk -= 1;
      if (settled.kind === 'throttled') return this.dispatcher.first(work);
      const { attempt, dueAtMs } = settled;
      work.delivery = { ...work.delivery, attempt, dueAtMs };
      this.dispatcher.again(work);
    } catch (error) {
      // Not durable, so not done: whoever has the partition next delivers it again.
      this.atRisk -= 1;
      this.deps.logger.error({ err: error, id: work.delivery.id }, 'delivery.unsettled');
    } finally {
      home.startedRecords -= 1;
    }
  }

  private async reject(
    {
      home,
      tracked,
      record,
      bytes,
    }: Pick<Work, 'home' | 'tracked' | 'bytes'> & {
      record: LogRecord;
    },
    reason: string,
  ): Promise<void> {
    home.startedRecords += 1;
    try {
      await this.deps.settler.reject(record, reason);
      this.finishTracked({ home, tracked, bytes });
    } catch (error) {
      this.deps.logger.error({ err: error, offset: record.offset }, 'record.unsettled');
    } finally {
      home.startedRecords -= 1;
    }
  }

  private finish(work: Work): void {
    if (work.home.isGone) this.atRisk -= 1;
    else work.home.uncommittedRecords += 1;
    this.finishTracked(work);
    this.dispatcher.left(work);
  }

  private finishTracked({ home, tracked, bytes }: Pick<Work, 'home' | 'tracked' | 'bytes'>): void {
    home.tracker.finish(tracked);
    home.changed();
    home.openRecords -= 1;
    home.openBytes -= bytes;
    this.balance(home);
  }

  private committed(taken: readonly TakenCommit[]): void {
    for (const one of taken) {
      this.atRisk -= one.work.committed(one);
      this.balance(one.work);
    }
    this.dispatcher.pump();
  }

  private forget({ home, bytes }: Work): void {
    home.openRecords -= 1;
    home.openBytes -= bytes;
  }

  private balance(work: PartitionWork): void {
    if (!this.group || !work.isOurs) return;
    balanceIntake(this.group, work, this.partitions.size);
  }
}
