import { messageOf } from '../common/base/errors.ts';
import type {
  Assignment,
  CommittedOffsets,
  Group,
  PackedBatch,
  PackedHandlers,
  Start,
} from '../common/kafka/ports.ts';
import type { Subscription } from '../common/model/subscription.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import { Backlogs } from './backlog/backlogs.ts';
import { Committer } from './partition/committer.ts';
import { alarmsOf } from './health/alarms.ts';
import { decodeCommitMark } from '../common/kafka/positions/commit-metadata.ts';
import { DeliveryLoop } from './delivery-loop.ts';
import type { Scheduler } from './schedule/scheduler.ts';
import type { SettledPositions } from './settled/settled-positions.ts';
import type { EngineDeps } from './engine-deps.ts';
import { drain } from './drain.ts';
import { HeadIntake } from './head-intake.ts';
import { loadReport } from './health/load-report.ts';
import { FlowControl } from './partition/flow-control.ts';
import { Newcomers } from './newcomers.ts';
import { findOldLogs } from './log/old-logs.ts';
import type { BoundsOf } from './log/old-logs.ts';
import type { PartitionState } from './partition/partition-state.ts';
import { release, takeOver } from './partition/handover.ts';
import type { Candidate } from './partition/handover.ts';
import { PartitionHealth } from './health/partition-health.ts';

type Cut = Parameters<NonNullable<PackedHandlers['onCut']>>[0];

const TICK_MS = 1_000;

/**
 * Everything between the log and the receiver: takes records in, sends them as order, endpoint
 * and concurrency allow, and commits an offset only when the fate of its record is in Kafka.
 */
export class Engine implements PackedHandlers {
  private readonly deps: EngineDeps;
  private readonly deliveryLoop: DeliveryLoop;
  private readonly scheduler: Scheduler;
  private readonly backlogs: Backlogs;
  private readonly head: HeadIntake;
  private readonly settled: SettledPositions;
  private readonly committer: Committer;
  private readonly flowControl: FlowControl;
  private readonly health = new PartitionHealth();
  private readonly ticker: NodeJS.Timeout;
  private partitions = new Map<string, PartitionState>();
  /** Partitions that went to another member, until the final commit of each is made. */
  private readonly leaving = new Map<string, Promise<void>>();
  private readonly newcomers = new Newcomers();
  private group: Group | null = null;
  private isClosing = false;

  constructor(deps: EngineDeps) {
    this.deps = deps;
    const goOn = (work: PartitionState) => this.head.goOn(work);
    this.flowControl = new FlowControl(() => this.group, deps.bulkTopic, goOn);
    const settled = (this.settled = deps.openSettled(() => this.partitions));
    this.deliveryLoop = new DeliveryLoop({
      ...{ ...deps, settled },
      flowControl: this.flowControl,
      isMember: () => this.group?.isStable === true,
      refill: (home) => this.backlogs.refill(home),
    });
    this.scheduler = this.deliveryLoop.scheduler;
    this.backlogs = new Backlogs({
      ...deps,
      ...{ scheduler: this.scheduler, flowControl: this.flowControl, losses: deps.logs.losses },
      receive: (home, tracked, record) => this.deliveryLoop.receive(home, tracked, record),
    });
    const { deliveryLoop, backlogs, flowControl } = this;
    this.head = new HeadIntake({ ...deps, deliveryLoop, backlogs, flowControl });
    deps.sources.onChange(() => backlogs.sourcesChanged(this.partitions.values()));
    this.committer = new Committer({
      ...{ owner: deps.owner, cursors: deps.cursors },
      group: () => this.group,
      partitions: () => this.partitions.values(),
      onCommitted: (taken) => taken.forEach(({ work }) => this.flowControl.balance(work)),
      logger: deps.logger,
    });
    this.ticker = setInterval(() => this.tick(), TICK_MS).unref();
  }

  /** Something an endpoint waited for has come: its rest is over, or it has a new grant. */
  wake(endpoint: Endpoint): void {
    // First: of one that was deleted it takes what the scheduler would cancel one by one.
    this.backlogs.wake(endpoint);
    this.scheduler.wake(endpoint);
  }

  /** Takes in a new subscription, whose cursors its creator has written before. */
  subscribed(subscription: Subscription): void {
    this.newcomers.add(subscription, Date.now());
    for (const work of this.partitions.values()) this.backlogs.beginNew(work, [subscription]);
  }

  onPacked({ topic, partition, records, readTo }: PackedBatch): void {
    const home = this.partitions.get(`${topic}/${partition}`);
    // While stopping nothing is taken in: the next owner of the partition reads the records.
    if (!home || this.isClosing) return;
    for (const { undecodable } of records) {
      if (undecodable) this.health.sawUndecodable({ topic, partition, undecodable }, Date.now());
    }
    this.head.fetched(home, { records, readTo });
  }

  onFence(): void {
    this.scheduler.hold();
  }

  onRebalancing(): void {
    void this.committer.commitNow();
  }

  async onAssigned(
    assignment: Assignment,
    committed: CommittedOffsets,
    group: Group,
  ): Promise<readonly Start[]> {
    this.group = group;
    const { epoch } = group;
    // A topic may have been made again: that is what a join often comes from.
    await this.deps.look();
    await this.deps.logs.assigned(assignment, committed, this.partitions.values());
    if (epoch !== group.epoch) return [];
    const kept = new Map<string, PartitionState>();
    const starts: Start[] = [];
    const candidates: Candidate[] = [];
    for (const [topic, partitions] of assignment) {
      for (const partition of partitions) {
        const position = committed.get(topic, partition);
        const mine = this.partitions.get(`${topic}/${partition}`);
        const known = this.deps.logs.goOnAt(topic, partition, position, mine);
        if (known === null) {
          starts.push({ topic, partition, offset: null });
        } else if (mine && this.isStillOurs(known)) {
          kept.set(mine.name, mine);
          // Records that were fetched and not taken are fetched again.
          this.flowControl.forgetFetched(mine);
          mine.resumed();
          // A rebalance may have come between its claim and its beginning.
          if (!mine.isBegun) this.begun(mine);
          starts.push({ topic, partition, offset: mine.tracker.position });
        } else {
          const readTo = position.committed ? position.high : 0;
          candidates.push({ ...{ topic, partition, low: position.low, readTo }, ...known });
          starts.push({ topic, partition, offset: null });
        }
      }
    }
    const left = [...this.partitions.values()].filter((work) => !kept.has(work.name));
    this.partitions = kept;
    this.deps.onShareChanged(assignment);
    for (const work of left) this.leave(group, work);
    if (left.length > 0) this.scheduler.dropForeign();
    // While stopping no partition is taken; the members that stay in the group get them.
    if (!this.isClosing) this.takeOver(group, candidates);
    if (!this.isClosing) this.scheduler.release();
    return starts;
  }

  /** Ends what is under way, commits it, and leaves nothing for the next start to repeat. */
  async drain(graceMs: number): Promise<void> {
    this.isClosing = true;
    clearInterval(this.ticker);
    for (const work of this.partitions.values()) work.intakeEnded();
    this.scheduler.close();
    this.backlogs.close();
    const { committer, leaving } = this;
    const { logger } = this.deps;
    const partitions = () => [...this.partitions.values()];
    await drain({ committer, leaving, partitions, logger }, graceMs);
  }

  get inFlight(): number {
    return this.scheduler.inFlightCount;
  }

  /** A partition whose last commit is not ours has had another owner in between. */
  private isStillOurs({ offset, metadata }: { offset: number; metadata: string }): boolean {
    const mark = decodeCommitMark(offset, metadata);
    return mark !== null && mark.owner === this.deps.owner && !mark.isReleased;
  }

  /**
   * Goes on in the logs as they are now: at the start of a topic that was made again, and where a
   * source begins that was made again, whatever the positions in the old one were.
   */
  async lookedAt(bounds: BoundsOf): Promise<void> {
    await this.goOnInNewLogs(bounds).catch((error: unknown) => {
      this.deps.logger.info({ err: messageOf(error) }, 'topics.ends-not-seen');
    });
  }

  private async goOnInNewLogs(boundsOf: BoundsOf): Promise<void> {
    const found = await findOldLogs(() => this.partitions.values(), this.deps.logs, boundsOf);
    const { group } = this;
    const { sources } = this.deps;
    const old = found.filter(({ work }) => {
      // Where one is not begun yet nobody can go on: the group leaves it, and takes it in then.
      return this.partitions.get(work.name) === work && !sources.isNotRead(work.topic);
    });
    if (!group?.isStable || this.isClosing || old.length === 0) return;
    for (const { work } of old) {
      this.partitions.delete(work.name);
      this.abandon(work);
      group.resume(work.topic, work.partition);
    }
    this.scheduler.dropForeign();
    const madeAgain = old.map(
      ({ work: { topic, partition }, bounds, start, readTo }): Candidate => {
        return { topic, partition, low: bounds.low, readTo, offset: start, metadata: '' };
      },
    );
    this.takeOver(group, madeAgain);
  }

  onCut(cut: Cut): void {
    this.deps.logs.cutOff(cut, this.partitions.get(`${cut.topic}/${cut.partition}`));
  }

  /** Gives up a partition whose log is gone: nothing is left to commit or to release. */
  private abandon(work: PartitionState): void {
    this.deps.logs.abandoned(work);
    work.isOurs = false;
    this.settled.forget(work.partition);
    this.backlogs.forget(work);
    this.flowControl.forgetFetched(work);
  }

  private leave(group: Group, work: PartitionState): void {
    if (!this.deps.logs.isSameLog(work.topic, work.topicId)) return this.abandon(work);
    work.isOurs = false;
    this.settled.forget(work.partition);
    work.intakeEnded();
    this.backlogs.forget(work);
    this.flowControl.forgetFetched(work);
    const left = release({ ...this.deps, group }, work)
      .then(() => {
        if (this.leaving.get(work.name) === left) this.leaving.delete(work.name);
      })
      .catch(this.deps.onFatal);
    this.leaving.set(work.name, left);
  }

  private takeOver(group: Group, candidates: readonly Candidate[]): void {
    const deps = {
      ...this.deps,
      ...{ group, leaving: this.leaving },
      readSubscriptions: () => this.deps.endpoints.caughtUp(),
      adopt: (work: PartitionState) => {
        this.deps.logs.carryLosses(work);
        this.partitions.set(work.name, work);
        this.backlogs.beginNew(work, this.newcomers.since(work.cursorsReadAtMs));
      },
      begin: (work: PartitionState) => {
        group.startAt(work.topic, work.partition, work.tracker.position);
        this.begun(work);
      },
      cursorsGone: (work: PartitionState, count: number) =>
        this.deps.logs.losses.cursorsGone(work.topic, work.partition, count),
    };
    takeOver(deps, group.epoch, candidates).catch(this.deps.onFatal);
  }

  /** The claim of a partition is durable: what it holds may be sent. */
  private begun(work: PartitionState): void {
    this.deps.logs.began(work);
    this.settled.forget(work.partition);
    work.isBegun = true;
    this.backlogs.wakeIn(work);
  }

  private tick(): void {
    const nowMs = Date.now();
    const works = [...this.partitions.values()];
    this.backlogs.tick(works, nowMs);
    // Room that others left, and that we are known to be a member again, are noticed here.
    for (const work of works) this.flowControl.balance(work);
    this.scheduler.pump();
    void this.settled.look();
    const alarms = alarmsOf(this.health.take(works, this.committer.failing, nowMs));
    const left = (endpoint: Endpoint) =>
      this.scheduler.waitingFor(endpoint) + this.backlogs.leftBehind(endpoint, works);
    this.deps.report({
      alarms: [
        ...alarms,
        ...this.deps.logs.alarms(works),
        ...this.backlogs.alarms(works, nowMs),
        ...this.deps.notices(),
      ],
      ...loadReport(this.deps, left, nowMs),
    });
  }
}
