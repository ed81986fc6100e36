// A model of the log, the commits and the receivers around the real backlogs, for a property test.
import assert from 'node:assert/strict';
import { setImmediate as turn } from 'node:timers/promises';
import type { Cursor } from '../../common/kafka/cursor-store.ts';
import { decodeCursorMark } from '../../common/kafka/decide/cursor-mark.ts';
import { decodeCommitMark } from '../../common/kafka/decide/commit-metadata.ts';
import type { Commit } from '../../common/kafka/types.ts';
import type { LogRecord } from '../../common/delivery.ts';
import { createLogger } from '../../common/logger.ts';
import type { Endpoint } from '../../consumer/deliver/endpoint.ts';
import { Backlogs } from '../../consumer/engine/backlogs.ts';
import type { Tracked } from '../../consumer/engine/decide/tracker.ts';
import type { Dispatcher } from '../../consumer/engine/dispatcher.ts';
import { backlogFrom } from '../../consumer/engine/endpoint-backlog.ts';
import { endpointOf } from '../../consumer/engine/endpoint-name.ts';
import type { Intake } from '../../consumer/engine/intake.ts';
import { Losses } from '../../consumer/engine/losses.ts';
import { PartitionWork } from '../../consumer/engine/partition-work.ts';
import type { TakenCommit } from '../../consumer/engine/partition-work.ts';
import type { Held, Home } from '../../consumer/engine/work.ts';
import { END, LOG, NAMES, ORDERED, count, deliveriesOf } from './backlog-log.ts';

const logger = createLogger('test', 'silent');

interface ModelHeld extends Held {
  readonly record: LogRecord;
  attempt: number;
}

/** A commit on its way: what it covers, and what is known of attempts by it. */
interface UnderWay {
  readonly taken: TakenCommit;
  readonly covers: ReadonlySet<number>;
  readonly attempts: ReadonlyMap<number, number>;
}

const laneOf = ({ record, tracked }: ModelHeld) =>
  record.undecodable || !ORDERED.includes(endpointOf(record))
    ? tracked.offset
    : `${endpointOf(record)}/${record.key}`;

/** One consumer after the other on a partition with backlogs; commits outlive them. */
export class World {
  readonly delivered = new Map<number, number>();
  readonly faults: string[] = [];
  readonly cursors = new Map<string, Cursor>();
  head: Pick<Commit, 'offset' | 'metadata'> = { offset: 0, metadata: '' };
  /** Where the log begins: what lies before it is gone. */
  low = 0;
  private readonly open = new Map<string, boolean>(NAMES.map((name) => [name, true]));
  /** In the order in which they were received: the first of a lane is its head. */
  private held: ModelHeld[] = [];
  private started: ModelHeld[] = [];
  private root!: PartitionWork;
  private backlogs!: Backlogs;
  private underWay: UnderWay | null = null;
  /** Finished since the last commit: what a crash may repeat. */
  private atRisk = new Set<number>();
  readonly allowed = new Set<number>();
  /** The number of the next attempt of what has failed, and as commits know it. */
  private attempts = new Map<number, number>();
  private knownAttempts: ReadonlyMap<number, number> = new Map();
  /** Not what was left behind in the second before a crash, nor what retention has taken since. */
  private isCounted = true;

  constructor() {
    this.begin();
  }

  private begin(): void {
    const { offset, metadata } = this.head;
    const root = new PartitionWork('t', 0, offset, decodeCommitMark(offset, metadata));
    for (const cursor of this.cursors.values())
      root.backlogs.set(cursor.endpoint, backlogFrom(root, cursor));
    this.root = root;
    this.held = [];
    this.started = [];
    const endpoints = new Map(NAMES.map((name) => [name, this.endpoint(name)]));
    this.backlogs = new Backlogs({
      endpoints: {
        find: (name) => endpoints.get(name ?? 'default') ?? null,
        hasNeighbours: () => true,
      },
      dispatcher: {
        takeOut: (endpoint: Endpoint) => this.takeOut(endpoint),
      } as unknown as Dispatcher,
      intake: { left: count(-1), moved: () => {}, balance: () => {} } as unknown as Intake,
      reader: {
        read: ({ offset: from }) => {
          const { low } = this;
          if (from < low) return Promise.resolve({ records: [], readTo: low, low });
          const records = LOG.filter((one) => one.offset >= from && one.offset < from + 9);
          return Promise.resolve({ records, readTo: Math.min(END, from + 9), low });
        },
        close: () => Promise.resolve(),
      },
      receive: (home, tracked, record) => this.receive(home, tracked, record),
      lanes: ['t'],
      losses: new Losses(logger),
      logger,
      onFatal: (error) => assert.fail(String(error)),
    });
  }

  private endpoint(name: string): Endpoint {
    const isOpen = () => this.open.get(name) === true;
    const settings = { id: name };
    return { settings, mayTakeAt: isOpen, isClosedAt: () => !isOpen() } as unknown as Endpoint;
  }

  private takeOut({ settings: { id } }: Endpoint): readonly Held[] {
    const taken = this.held.filter(({ record }) => endpointOf(record) === id);
    this.held = this.held.filter((held) => !taken.includes(held));
    return taken;
  }

  private receive(home: Home, tracked: Tracked, record: LogRecord): void {
    count(1)(home);
    const { offset } = record;
    const attempt = home.retryAt(offset)?.attempt ?? 1;
    const made = this.attempts.get(offset) ?? 1;
    if (attempt < made) this.faults.push(`attempt ${made} of ${offset} is forgotten`);
    const held = { home, tracked, bytes: 1, isStarted: false, record, attempt };
    tracked.held = Object.assign(held, { delivery: { record } });
    // Rejected at once.
    if (record.undecodable) this.begun(held);
    else this.held.push(held);
  }

  private begun(held: ModelHeld): void {
    held.isStarted = true;
    this.started.push(held);
  }

  fetch(records: number): void {
    const { root } = this;
    const from = Math.max(root.tracker.position, this.low);
    const next = LOG.filter(({ offset }) => offset >= from).slice(0, records);
    for (const record of next) {
      const tracked = root.tracker.receive(record.offset);
      if (!tracked || this.backlogs.takes(root, tracked, record)) continue;
      this.receive(root, tracked, record);
    }
    root.tracker.skipTo((next.at(-1)?.offset ?? END - 1) + 1);
    this.backlogs.wakeIn(root);
  }

  start(pick: number): void {
    const busy = new Set(this.started.map(laneOf));
    const heads = new Map(this.held.toReversed().map((held) => [laneOf(held), held]));
    const able = [...heads.values()].filter((held) => {
      return this.open.get(endpointOf(held.record)) && !busy.has(laneOf(held));
    });
    const held = able[pick % Math.max(1, able.length)];
    if (!held) return;
    this.held = this.held.filter((one) => one !== held);
    this.begun(held);
  }

  end(pick: number, how: 'accepted' | 'throttled' | 'failed' = 'accepted'): void {
    const held = this.started[pick % Math.max(1, this.started.length)];
    if (!held) return;
    const { record, home, tracked } = held;
    if (how !== 'accepted' && record.undecodable) return;
    this.started = this.started.filter((one) => one !== held);
    const { offset } = record;
    if (how === 'accepted') {
      this.deliveredNow(held);
      home.finish(tracked);
      count(-1)(home);
      return this.backlogs.refill(home);
    }
    if (how === 'failed') {
      held.attempt += 1;
      this.attempts.set(offset, held.attempt);
      home.retriesAgain({ offset, attempt: held.attempt, dueAtMs: 1 });
    }
    held.isStarted = false;
    this.held.unshift(held);
  }

  private deliveredNow(held: ModelHeld): void {
    const { offset } = held.record;
    for (const [before, first] of LANES_OF_LOG) {
      if (before >= offset || first !== laneOf(held) || before < this.low) continue;
      if (!this.delivered.has(before)) this.faults.push(`${offset} comes before ${before}`);
    }
    this.delivered.set(offset, (this.delivered.get(offset) ?? 0) + 1);
    this.atRisk.add(offset);
  }

  toggle(name: string): void {
    this.open.set(name, !this.open.get(name));
    this.backlogs.wake({ settings: { id: name } } as Endpoint);
  }

  detach(name: string): void {
    this.backlogs.detach(this.root, name);
  }

  /** Retention takes some of what the head has passed. */
  cut(records: number): void {
    this.low = Math.min(this.head.offset, this.low + records);
    if (this.low > 0) this.isCounted = false;
  }

  /** Takes what is to be committed; other steps follow before it is. */
  take(): void {
    const taken = this.underWay ? null : this.root.takeCommit('owner');
    if (!taken) return;
    this.underWay = { taken, covers: new Set(this.atRisk), attempts: new Map(this.attempts) };
  }

  /** @param howFar it may fail, or a crash come after the cursors, or after the head */
  commit(howFar: 'none' | 'cursors' | 'head' | 'all' = 'all'): void {
    this.take();
    const { underWay } = this;
    if (!underWay) return;
    this.underWay = null;
    const { taken, covers, attempts } = underWay;
    if (howFar === 'none') return this.root.notCommitted();
    for (const cursor of taken.cursors) {
      this.cursors.set(cursor.endpoint, cursor);
      cursor.committed();
    }
    if (howFar === 'cursors') return this.root.notCommitted();
    this.head = taken.commit;
    for (const offset of covers) this.atRisk.delete(offset);
    this.knownAttempts = attempts;
    if (howFar === 'head') return;
    for (const backlog of taken.over) {
      if (this.root.backlogs.get(backlog.endpoint) !== backlog) continue;
      this.cursors.delete(backlog.endpoint);
      this.root.forget(backlog);
    }
  }

  crash(): void {
    this.endSpell(false);
  }

  private endSpell(isCounted: boolean): void {
    this.isCounted &&= isCounted;
    this.root.isOurs = false;
    this.underWay = null;
    this.backlogs.close();
    for (const offset of this.atRisk) this.allowed.add(offset);
    this.atRisk.clear();
    this.attempts = new Map(this.knownAttempts);
    this.begin();
  }

  /** The next owner is given all that this one knows. */
  handOver(): void {
    while (this.started.length > 0) this.end(0);
    this.commit('none');
    this.root.intakeEnded();
    for (const cursor of this.root.takeCursors('owner')) this.cursors.set(cursor.endpoint, cursor);
    if (this.isCounted) for (const cursor of this.cursors.values()) this.check(cursor);
    this.head = this.root.releaseCommit('owner');
    this.atRisk.clear();
    this.knownAttempts = this.attempts;
    this.endSpell(true);
  }

  /** A cursor counts what is left of its endpoint before the head. */
  private check({ endpoint, offset: at, metadata }: Cursor): void {
    const mark = decodeCursorMark(at, metadata);
    if (!mark) return;
    // The head may begin again before what an earlier consumer has counted.
    const end = mark.until ?? Math.max(this.root.tracker.position, mark.countedTo);
    const left = deliveriesOf(endpoint, end).filter((offset) => !this.delivered.has(offset));
    if (mark.left !== left.length) this.faults.push(`${mark.left} of ${endpoint}, not ${left}`);
  }

  get missing(): readonly number[] {
    const offsets = LOG.map(({ offset }) => offset);
    return offsets.filter((offset) => offset >= this.low && !this.delivered.has(offset));
  }

  async untilAllIsDelivered(): Promise<void> {
    for (const name of NAMES) if (!this.open.get(name)) this.toggle(name);
    for (let round = 0; round < 150; round += 1) {
      this.fetch(5);
      await turn();
      for (let n = 0; n < 3; n += 1) this.start(n);
      for (let n = 0; n < 3; n += 1) this.end(0);
      this.commit('all');
      if (this.missing.length === 0 && this.cursors.size === 0 && this.started.length === 0) break;
    }
  }
}

/** The lane of each offset that can be read. */
const LANES_OF_LOG = LOG.filter(({ undecodable }) => !undecodable).map((record) => {
  return [record.offset, laneOf({ record, tracked: record } as unknown as ModelHeld)] as const;
});
