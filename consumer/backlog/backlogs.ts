import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { Alarm } from '../../common/model/consumer-state.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { logIdOf } from '../../common/model/subscription.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import type { Endpoints } from '../endpoint/endpoints.ts';
import { BacklogEndings } from './backlog-endings.ts';
import { BacklogReader } from './backlog-reader.ts';
import { behindAlarms } from '../health/behind-alarms.ts';
import type { Behind } from '../health/behind-alarms.ts';
import { bytesFor, roomFor } from './detach-policy.ts';
import type { Tracked } from '../partition/offset-tracker.ts';
import { DetachWatch } from './detach-watch.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { backlogFrom, progressOf } from '../partition/backlog-progress.ts';
import { EndpointBacklog } from '../partition/endpoint-backlog.ts';
import { subscriptionOf } from '../endpoint/endpoint-name.ts';
import type { FlowControl } from '../partition/flow-control.ts';
import type { Losses } from '../log/losses.ts';
import { whySourceEnded } from '../log/source-ended.ts';
import type { SourceDeps } from '../log/source-ended.ts';
import { MAP_LOAD_MAX } from '../partition/partition-state.ts';
import type { PartitionState } from '../partition/partition-state.ts';
import type { OutcomeWriter } from '../outcome/outcome-writer.ts';
import type { Held, Home } from '../partition/home.ts';
import type { DeliveryTask } from '../schedule/delivery-task.ts';

interface Deps extends SourceDeps {
  readonly endpoints: Pick<Endpoints, 'find' | 'lookUp' | 'hasNeighbours' | 'underWay'>;
  readonly recipients: Recipients;
  readonly scheduler: Scheduler;
  readonly outcomeWriter: Pick<OutcomeWriter, 'cancelLeft'>;
  readonly flowControl: FlowControl;
  readonly reader: PartitionReader;
  /** Topics that keep their records for `retentionMs`; the others do so for ever. */
  readonly lanes: readonly string[];
  /** EVENT_RETENTION; null: the lanes keep theirs for ever, too. */
  readonly retentionMs: number | null;
  readonly receive: (home: Home, tracked: Tracked, record: LogRecord) => void;
  readonly losses: Losses;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/**
 * Cursors in which only the count has changed are written at this number a second, because commits
 * wait for them.
 */
const COUNTS_PER_SECOND = 100;

/**
 * Keeps endpoints that cannot keep up out of the way of the others: it detaches them from the head
 * of a partition, reads on for them as they can take it, and attaches them once they are there.
 */
export class Backlogs {
  private readonly deps: Deps;
  private readonly readers = new Map<PartitionState, BacklogReader>();
  private readonly detaching: DetachWatch;
  private readonly endings: BacklogEndings;
  private count = 0;

  constructor(deps: Deps) {
    this.deps = deps;
    const detach = (root: PartitionState, endpoint: string) => this.detach(root, endpoint);
    this.detaching = new DetachWatch({ ...deps, detach });
    this.endings = new BacklogEndings({ ...deps, detach });
  }

  /** Leaves an endpoint's record at the head to its backlog. @returns whether there is one */
  takes(root: PartitionState, endpoint: string, record: LogRecord, tracked: Tracked): boolean {
    if (root.backlogs.size === 0) return false;
    const backlog = root.backlogs.get(endpoint);
    if (!backlog?.covers(record.offset)) return false;
    if (root.delivered.has(record.offset, endpoint)) backlog.wasMade(record.offset);
    else backlog.passed(record);
    const retry = root.takeRetry(endpoint, tracked);
    if (retry && !backlog.retryAt(tracked)) backlog.retriesAgain(retry);
    return true;
  }

  /** The partition has room again, or its head has moved. */
  wakeIn(root: PartitionState): void {
    if (root.isBegun && root.backlogs.size > 0) this.readerOf(root).wake();
  }

  /** An endpoint may be able to take something, or has new settings. */
  wake({ settings: { id } }: Endpoint): void {
    const name = id ?? DEFAULT_ENDPOINT_ID;
    for (const [root, reader] of this.readers) {
      const backlog = root.backlogs.get(name);
      if (!backlog) continue;
      this.endings.check(backlog, Date.now());
      reader.wake();
    }
  }

  /** Sources have come or gone. Of a deleted one all is ended before the group leaves it. */
  sourcesChanged(roots: Iterable<PartitionState>): void {
    const nowMs = Date.now();
    for (const { isBegun, backlogs } of roots) {
      if (isBegun) for (const backlog of [...backlogs.values()]) this.endings.check(backlog, nowMs);
    }
  }

  /** A new endpoint's deliveries begin at an offset, which the head may have passed. */
  begin(root: PartitionState, endpoint: string, offset: number): void {
    if (root.backlogs.has(endpoint)) return;
    const { topic, partition } = root;
    const backlog = backlogFrom(root, { endpoint, topic, partition, offset, metadata: '' });
    root.backlogs.set(endpoint, backlog);
    this.wakeIn(root);
  }

  /** The same for subscriptions that are new. */
  beginNew(root: PartitionState, subscriptions: Iterable<Subscription>): void {
    for (const { id, begins } of subscriptions) {
      const place = begins?.[root.topic];
      const offset = place?.offsets[root.partition];
      if (!place || offset === undefined) continue;
      if (!this.deps.logs.isOfOtherSource(root.topic, logIdOf(place))) this.begin(root, id, offset);
    }
  }

  /** Checks all backlogs. Call about once a second. */
  tick(roots: readonly PartitionState[], nowMs: number): void {
    for (const root of this.readers.keys()) if (!root.isOurs) this.forget(root);
    this.count = roots.reduce((sum, { backlogs }) => sum + backlogs.size, 0);
    const begun = roots.filter(({ isBegun }) => isBegun);
    this.detaching.look(begun, nowMs);
    const everyMs = (this.count / COUNTS_PER_SECOND) * 1_000;
    let freshened = 0;
    for (const root of begun) {
      for (const backlog of [...root.backlogs.values()]) {
        this.endings.check(backlog, nowMs);
        if (backlog.isOver) root.changed();
        if (freshened < COUNTS_PER_SECOND && backlog.freshen(nowMs, everyMs)) freshened += 1;
      }
      this.wakeIn(root);
    }
  }

  /** A delivery of a backlog is finished: there may be room for the next ones. */
  refill(home: Home): void {
    if (home instanceof EndpointBacklog && this.isWanted(home)) this.wakeIn(home.root);
  }

  /** Deliveries of an endpoint that lie in the log and not in this process. */
  leftBehind({ settings: { id } }: Endpoint, roots: Iterable<PartitionState>): number {
    let sum = 0;
    for (const { backlogs } of roots)
      sum += backlogs.get(id ?? DEFAULT_ENDPOINT_ID)?.leftBehind ?? 0;
    return sum;
  }

  alarms(roots: readonly PartitionState[], nowMs: number): readonly Alarm[] {
    const all = roots.flatMap(({ topic, backlogs }) =>
      [...backlogs.values()].map(({ endpoint, left, leftBehind, sinceMs }): Behind => {
        const found = this.deps.endpoints.find(subscriptionOf(endpoint));
        const isDisabled = found?.settings.state === 'disabled';
        const retentionMs = this.deps.lanes.includes(topic) ? this.deps.retentionMs : null;
        const restingReason = found?.restingReason ?? null;
        const facts = { isDisabled, restingReason, retentionMs };
        return { endpoint, left: left ?? leftBehind, sinceMs, ...facts };
      }),
    );
    return behindAlarms(all, nowMs);
  }

  /** The partition has gone to another member. */
  forget(root: PartitionState): void {
    this.readers.get(root)?.close();
    this.readers.delete(root);
  }

  close(): void {
    for (const root of [...this.readers.keys()]) this.forget(root);
  }

  /**
   * Detaches an endpoint: the head passes over its records from now on. Deliveries in memory that
   * are not under way are dropped, to be read again; the endpoint's cursor is part of the next
   * commit.
   */
  detach(root: PartitionState, name: string): void {
    const { scheduler, flowControl, endpoints, logger } = this.deps;
    const before = root.backlogs.get(name);
    const atHead = root.tracker.unfinishedOf(name);
    const all = [...(before?.unfinished() ?? []), ...atHead].sort((a, b) => a.offset - b.offset);
    const endpoint = endpoints.find(subscriptionOf(name));
    const waiting = endpoint ? scheduler.takeOut(endpoint, root) : [];
    for (const { home, bytes } of waiting) flowControl.left(home, bytes);
    const letGo = new Set<Held>(waiting);
    const started = all.flatMap(({ held }) => (held && !letGo.has(held) ? [held] : []));
    const homes = started.map(({ home }) => home);
    const backlog = new EndpointBacklog({
      ...{ endpoint: name, root, started, until: null, isDurable: false },
      progress: progressOf(root, name, before, all),
      left: before?.left === null ? null : (before?.left ?? 0) + atHead.length,
      countedTo: Math.max(root.tracker.position, before?.countedTo ?? 0),
      sinceMs: before?.sinceMs || oldestMs(waiting) || Date.now(),
      attemptsFromMs: before?.attemptsFromMs ?? 0,
      retries: [
        ...(before?.retries() ?? []),
        ...atHead.flatMap((one) => root.takeRetry(name, one) ?? []),
      ],
    });
    root.backlogs.set(name, backlog);
    started.forEach(({ bytes }, n) => flowControl.moved(homes[n] as Home, backlog, bytes));
    for (const tracked of atHead) root.pass(tracked);
    backlog.changed();
    flowControl.balance(root);
    const { topic, partition } = root;
    const { left } = backlog;
    if (before?.until !== null) {
      logger.info({ topic, partition, endpoint: name, left }, 'endpoint.detached');
    }
  }

  private readerOf(root: PartitionState): BacklogReader {
    let reader = this.readers.get(root);
    if (!reader) {
      reader = new BacklogReader(
        {
          ...this.deps,
          isWanted: (backlog) => this.isWanted(backlog),
          hasRoom: (backlog) => this.hasRoom(backlog, 1),
          receive: (backlog, record) => {
            const tracked = backlog.receive(record);
            if (tracked) this.deps.receive(backlog, tracked, record);
          },
          caughtUp: (backlog) => this.caughtUp(backlog),
          cut: (backlog, low) => this.cut(backlog, low),
        },
        root,
      );
      this.readers.set(root, reader);
      // The next tick counts them all.
      this.count += root.backlogs.size;
    }
    return reader;
  }

  private isWanted(backlog: EndpointBacklog): boolean {
    // The records of an unknown endpoint cannot be recognised.
    const endpoint = this.deps.endpoints.find(subscriptionOf(backlog.endpoint));
    if (!endpoint?.mayTakeAt(Date.now())) return false;
    const { recipients } = this.deps;
    if (whySourceEnded(this.deps, backlog.root) !== null) return false;
    if (backlog.position < recipients.beginOf(backlog.endpoint, backlog.root)) return false;
    // With a full map, open records must end first; without open records, those that an earlier
    // owner left open are read all the same.
    if (backlog.mapLoad > MAP_LOAD_MAX && backlog.openRecords > 0) return false;
    return this.hasRoom(backlog, 1 / 2);
  }

  /** @param part of its room that it may have used up */
  private hasRoom(backlog: EndpointBacklog, part: number): boolean {
    const endpoint = this.deps.endpoints.find(subscriptionOf(backlog.endpoint));
    const most = roomFor(endpoint?.isClosedAt(Date.now()) ?? false, this.count);
    return backlog.loaded < most * part && backlog.openBytes < bytesFor(this.count);
  }

  private caughtUp(backlog: EndpointBacklog): void {
    const { endpoint: name, root } = backlog;
    const endpoint = this.deps.endpoints.find(subscriptionOf(name));
    if (!backlog.isAttachable || !endpoint || endpoint.isClosedAt(Date.now())) return;
    backlog.attach();
    const { topic, partition } = root;
    this.deps.logger.info({ topic, partition, endpoint: name }, 'endpoint.attached');
  }

  private cut(backlog: EndpointBacklog, low: number): void {
    const { topic, partition } = backlog.root;
    const lost = backlog.skipTo(low);
    this.deps.losses.cutFrom(backlog.endpoint, topic, partition, lost);
    backlog.root.losses = this.deps.losses.carry(backlog.root.name, backlog.root.losses);
  }
}

/** When the first of them was written; 0: there is none. */
function oldestMs(waiting: readonly DeliveryTask[]): number {
  return waiting.reduce((oldest, { delivery: { record } }) => {
    return oldest === 0 ? record.timestampMs : Math.min(oldest, record.timestampMs);
  }, 0);
}
