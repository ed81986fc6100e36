import { DEFAULT_ENDPOINT_ID } from '../../common/default-endpoint.ts';
import type { Alarm } from '../../common/consumer-state.ts';
import type { LogRecord } from '../../common/delivery.ts';
import type { PartitionReader } from '../../common/kafka/partition-reader.ts';
import type { Logger } from '../../common/logger.ts';
import { LANES_RETENTION_MS } from '../../common/topics.ts';
import type { Endpoint } from '../deliver/endpoint.ts';
import type { Endpoints } from '../deliver/endpoints.ts';
import { BacklogReader } from './backlog-reader.ts';
import { behindAlarms } from './decide/behind-alarms.ts';
import type { Behind } from './decide/behind-alarms.ts';
import { bytesFor, causesOf, isClosedForLong, roomFor } from './decide/detach.ts';
import type { Tracked } from './decide/tracker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { EndpointBacklog, standingOf } from './endpoint-backlog.ts';
import { endpointOf, subscriptionOf } from './endpoint-name.ts';
import type { Intake } from './intake.ts';
import type { Losses } from './losses.ts';
import { MAP_LOAD_MAX } from './partition-work.ts';
import type { PartitionWork } from './partition-work.ts';
import type { Held, Home, Work } from './work.ts';

interface Deps {
  readonly endpoints: Pick<Endpoints, 'find' | 'hasNeighbours'>;
  readonly dispatcher: Dispatcher;
  readonly intake: Intake;
  readonly reader: PartitionReader;
  /** Topics that keep their records for `LANES_RETENTION_MS`; the others do so for ever. */
  readonly lanes: readonly string[];
  readonly receive: (home: Home, tracked: Tracked, record: LogRecord) => void;
  readonly losses: Losses;
  readonly logger: Logger;
  readonly onFatal: (error: unknown) => void;
}

/** Of cursors that only count more, so many a second are written: commits wait for them. */
const COUNTS_PER_SECOND = 100;
/** A closed endpoint may have so many of a backlog in memory: some were read for its probes. */
const PROBES_MAX = 50;

/**
 * Keeps endpoints that cannot keep up out of the way of the others: it detaches them from the head
 * of a partition, reads on for them as they can take it, and attaches them once they are there.
 */
export class Backlogs {
  private readonly deps: Deps;
  private readonly readers = new Map<PartitionWork, BacklogReader>();
  private count = 0;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  /** Leaves a record at the head to the backlog of its endpoint. @returns whether there is one */
  takes(root: PartitionWork, tracked: Tracked, record: LogRecord): boolean {
    // A batch that cannot be read is the business of no endpoint: the head dead-letters it.
    if (record.undecodable) return false;
    tracked.endpoint = endpointOf(record);
    if (root.backlogs.size === 0) return false;
    const backlog = root.backlogs.get(tracked.endpoint);
    if (!backlog?.covers(record.offset)) return false;
    backlog.passed(record);
    const retry = root.takeRetry(record.offset);
    if (retry && !backlog.retryAt(record.offset)) backlog.retriesAgain(retry);
    root.pass(tracked);
    return true;
  }

  /** The partition has room again, or its head has moved. */
  wakeIn(root: PartitionWork): void {
    if (root.backlogs.size > 0) this.readerOf(root).wake();
  }

  /** An endpoint may be able to take something. */
  wake({ settings: { id } }: Endpoint): void {
    for (const [root, reader] of this.readers) {
      if (root.backlogs.has(id ?? DEFAULT_ENDPOINT_ID)) reader.wake();
    }
  }

  /** To be called about once a second. */
  tick(roots: readonly PartitionWork[], nowMs: number): void {
    for (const root of this.readers.keys()) if (!root.isOurs) this.forget(root);
    this.count = roots.reduce((sum, { backlogs }) => sum + backlogs.size, 0);
    const closed = this.closedForLong(nowMs);
    const everyMs = (this.count / COUNTS_PER_SECOND) * 1_000;
    let freshened = 0;
    for (const root of roots) {
      if (closed.size > 0) this.detachClosed(root, closed);
      if (root.pausedAtMs !== null) this.detachCauses(root, nowMs - root.pausedAtMs);
      for (const backlog of root.backlogs.values()) {
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
  leftBehind({ settings: { id } }: Endpoint, roots: Iterable<PartitionWork>): number {
    let sum = 0;
    for (const { backlogs } of roots)
      sum += backlogs.get(id ?? DEFAULT_ENDPOINT_ID)?.leftBehind ?? 0;
    return sum;
  }

  alarms(roots: readonly PartitionWork[], nowMs: number): readonly Alarm[] {
    const all = roots.flatMap(({ topic, backlogs }) =>
      [...backlogs.values()].map(({ endpoint, left, leftBehind, sinceMs }): Behind => {
        const found = this.deps.endpoints.find(subscriptionOf(endpoint));
        const isDisabled = found?.settings.state === 'disabled';
        const retentionMs = this.deps.lanes.includes(topic) ? LANES_RETENTION_MS : null;
        return { endpoint, left: left ?? leftBehind, sinceMs, isDisabled, retentionMs };
      }),
    );
    return behindAlarms(all, nowMs);
  }

  /** The partition has gone to another member. */
  forget(root: PartitionWork): void {
    this.readers.get(root)?.close();
    this.readers.delete(root);
  }

  close(): void {
    for (const root of [...this.readers.keys()]) this.forget(root);
  }

  /**
   * From now on the head passes over the endpoint's records. What it has in memory and is not under
   * way is let go, to be read again; a cursor of it is part of the next commit.
   */
  detach(root: PartitionWork, name: string): void {
    const { dispatcher, intake, endpoints, logger } = this.deps;
    const before = root.backlogs.get(name);
    const atHead = root.tracker.unfinishedOf(name);
    const all = [...(before?.unfinished() ?? []), ...atHead].sort((a, b) => a.offset - b.offset);
    const endpoint = endpoints.find(subscriptionOf(name));
    const waiting = endpoint ? dispatcher.takeOut(endpoint, root) : [];
    for (const { home, bytes } of waiting) intake.left(home, bytes);
    const letGo = new Set<Held>(waiting);
    const started = all.flatMap(({ held }) => (held && !letGo.has(held) ? [held] : []));
    const homes = started.map(({ home }) => home);
    const backlog = new EndpointBacklog({
      ...{ endpoint: name, root, started, until: null, isDurable: false },
      standing: standingOf(root, name, before, all),
      left: before?.left === null ? null : (before?.left ?? 0) + atHead.length,
      countedTo: Math.max(root.tracker.position, before?.countedTo ?? 0),
      sinceMs: before?.sinceMs || oldestMs(waiting) || Date.now(),
      retries: [
        ...(before?.retries() ?? []),
        ...atHead.flatMap(({ offset }) => root.takeRetry(offset) ?? []),
      ],
    });
    root.backlogs.set(name, backlog);
    started.forEach(({ bytes }, n) => intake.moved(homes[n] as Home, backlog, bytes));
    for (const tracked of atHead) root.pass(tracked);
    backlog.changed();
    intake.balance(root);
    const { topic, partition } = root;
    const { left } = backlog;
    if (before?.until !== null) {
      logger.info({ topic, partition, endpoint: name, left }, 'endpoint.detached');
    }
  }

  /** Endpoints that take nothing for a while and for which something has waited. */
  private closedForLong(nowMs: number): ReadonlySet<string> {
    const names = new Set<string>();
    for (const endpoint of this.deps.dispatcher.waitingEndpoints()) {
      const waitingMs = nowMs - (this.deps.dispatcher.waitingSinceMs(endpoint) ?? nowMs);
      if (!isClosedForLong(endpoint.isClosedAt(nowMs), waitingMs)) continue;
      names.add(endpoint.settings.id ?? DEFAULT_ENDPOINT_ID);
    }
    return names;
  }

  private detachClosed(root: PartitionWork, closed: ReadonlySet<string>): void {
    const isWaiting = ({ held }: Tracked) => held?.isStarted === false;
    const names = new Set<string>();
    for (const tracked of root.tracker.unfinished()) {
      const { endpoint } = tracked;
      if (endpoint !== undefined && closed.has(endpoint) && isWaiting(tracked)) names.add(endpoint);
    }
    for (const [name, backlog] of root.backlogs) {
      if (!closed.has(name) || backlog.openRecords <= PROBES_MAX) continue;
      if (backlog.unfinished().filter(isWaiting).length > PROBES_MAX) names.add(name);
    }
    for (const name of names) this.detach(root, name);
  }

  private detachCauses(root: PartitionWork, pausedMs: number): void {
    const counts = new Map<string, number>();
    for (const { endpoint } of root.tracker.unfinished()) {
      if (endpoint !== undefined) counts.set(endpoint, (counts.get(endpoint) ?? 0) + 1);
    }
    for (const cause of causesOf(pausedMs, counts, this.deps.dispatcher.isIdle)) {
      const endpoint = this.deps.endpoints.find(subscriptionOf(cause));
      // Alone, it is better to stop reading than to read everything twice.
      if (endpoint && this.deps.endpoints.hasNeighbours(endpoint)) this.detach(root, cause);
    }
  }

  private readerOf(root: PartitionWork): BacklogReader {
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
    // One that is not known yet is looked up with its first record.
    const endpoint = this.deps.endpoints.find(subscriptionOf(backlog.endpoint));
    if (endpoint && !endpoint.mayTakeAt(Date.now())) return false;
    // What an earlier owner could not finish is read all the same.
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
    if (!backlog.isAttachable || endpoint?.isClosedAt(Date.now())) return;
    backlog.attach();
    const { topic, partition } = root;
    this.deps.logger.info({ topic, partition, endpoint: name }, 'endpoint.attached');
  }

  private cut(backlog: EndpointBacklog, low: number): void {
    const { topic, partition } = backlog.root;
    const lost = backlog.cutOff(low);
    this.deps.losses.cutFrom(backlog.endpoint, topic, partition, lost);
    backlog.root.losses = this.deps.losses.carry(backlog.root.name, backlog.root.losses);
  }
}

/** When the first of them was written; 0: there is none. */
function oldestMs(waiting: readonly Work[]): number {
  return waiting.reduce((oldest, { delivery: { record } }) => {
    return oldest === 0 ? record.timestampMs : Math.min(oldest, record.timestampMs);
  }, 0);
}
