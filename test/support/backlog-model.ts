// A model of the log, the commits and the receivers around the real backlogs, for a property test.
import { setImmediate as turn } from 'node:timers/promises';
import type { Cursor } from '../../common/kafka/consume/cursor-store.ts';
import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import { decodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import type { Commit } from '../../common/kafka/ports.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { endpointOf, isFanOut } from '../../common/subscriptions/fan-out.ts';
import type { SettledPositions } from '../../consumer/settled/settled-positions.ts';
import type { Endpoint } from '../../consumer/endpoint/endpoint.ts';
import type { Backlogs } from '../../consumer/backlog/backlogs.ts';
import type { Tracked } from '../../consumer/partition/offset-tracker.ts';
import { backlogFrom } from '../../consumer/partition/backlog-progress.ts';
import type { TakenCursor } from '../../consumer/partition/endpoint-backlog.ts';
import type { HeadIntake } from '../../consumer/head-intake.ts';
import { PartitionState } from '../../consumer/partition/partition-state.ts';
import type { Held, Home } from '../../consumer/partition/home.ts';
import { ModelAttempts } from './backlog-attempts.ts';
import type { UnderWay } from './backlog-attempts.ts';
import { anEngine } from './backlog-engine.ts';
import { ModelPlaces, settledOf } from './backlog-places.ts';
import type { ModelHeld } from './backlog-places.ts';
import { NAMES, WANTED, count, deliveriesOf, fetchedFrom } from './backlog-log.ts';
import type { Wanted } from './backlog-log.ts';

/** One consumer after the other on a partition with backlogs; commits outlive them. */
export class World {
  readonly delivered = new Map<string, number>();
  readonly faults: string[] = [];
  readonly cursors = new Map<string, Cursor>();
  head: Pick<Commit, 'offset' | 'metadata'> = { offset: 0, metadata: '' };
  /** Offset at which the log begins; the records before it are gone. */
  low = 0;
  private readonly open = new Map<string, boolean>(NAMES.map((name) => [name, true]));
  /** Open deliveries in the order in which they were received: the first of a lane is its head. */
  private held: ModelHeld[] = [];
  private started: ModelHeld[] = [];
  private root!: PartitionState;
  private backlogs!: Backlogs;
  private flowControl!: HeadIntake;
  private underWay: UnderWay | null = null;
  private settled!: SettledPositions;
  readonly places = new ModelPlaces();
  /** Deliveries that were rejected since the last commit: only these may be repeated by a crash. */
  private atRisk = new Set<string>();
  readonly allowed = new Set<string>();
  private readonly attempts = new ModelAttempts();
  /** Not what was left behind in the second before a crash, nor what retention has taken since. */
  private isCounted = true;

  constructor() {
    this.begin();
  }

  private begin(): void {
    const { offset, metadata } = this.head;
    const mark = decodeCommitMark(offset, metadata);
    const root = new PartitionState('t', 0, offset, mark);
    root.delivered = this.attempts.deliveredSince(mark);
    root.cursorsReadAtMs = Date.now();
    root.isBegun = true;
    for (const cursor of this.cursors.values())
      root.backlogs.set(cursor.endpoint, backlogFrom(root, cursor));
    // The partition has its owner's name before anything is sent.
    this.writeCursors(root.takeCursors('owner'));
    this.head = root.claimCommit('owner');
    root.committed = this.head.offset;
    this.root = root;
    this.settled = settledOf(root);
    this.held = [];
    this.started = [];
    const endpoints = new Map(NAMES.map((name) => [name, this.endpoint(name)]));
    const find = (name: string | null) => endpoints.get(name ?? 'default') ?? null;
    const engine = anEngine({
      ...{ find, low: () => this.low, takeOut: (endpoint) => this.takeOut(endpoint) },
      receive: (home, tracked, record) => this.receive(home, tracked, record),
    });
    this.backlogs = engine.backlogs;
    this.flowControl = engine.head;
  }

  private writeCursors(cursors: readonly TakenCursor[]): void {
    for (const cursor of cursors) {
      this.cursors.set(cursor.endpoint, cursor);
      cursor.committed();
    }
  }

  private endpoint(name: string): Endpoint {
    const isOpen = () => this.open.get(name) === true;
    const settings = { id: name };
    return { settings, mayTakeAt: isOpen, isClosedAt: () => !isOpen() } as unknown as Endpoint;
  }

  private takeOut({ settings: { id } }: Endpoint): readonly Held[] {
    const taken = this.held.filter(({ wanted }) => wanted.endpoint === id);
    this.held = this.held.filter((held) => !taken.includes(held));
    return taken;
  }

  private receive(home: Home, tracked: Tracked, record: LogRecord): void {
    count(1)(home);
    const { offset } = record;
    const isEvent = isFanOut(record);
    const to = record.undecodable || isEvent ? '' : endpointOf(record);
    const wanted = WANTED.find((one) => one.offset === offset && one.endpoint === to);
    if (!wanted) return void this.faults.push(`${offset} is not for ${to}`);
    const attempt = home.retryAt(tracked)?.attempt ?? 1;
    const made = this.attempts.nextOf(wanted);
    if (attempt < made) this.faults.push(`attempt ${made} of ${wanted.name} is forgotten`);
    const delivery = { record };
    const held = { home, tracked, bytes: 1, isStarted: false, wanted, attempt, delivery };
    tracked.held = held;
    // Rejected at once.
    if (to === '') this.begun(held);
    else this.held.push(held);
  }

  private begun(held: ModelHeld): void {
    held.isStarted = true;
    this.started.push(held);
    if (held.wanted.endpoint === '') return;
    this.faults.push(...this.places.begun(this.settled, held, this.started));
  }

  fetch(records: number): void {
    const { root } = this;
    void this.settled.look();
    const from = Math.max(root.tracker.position, this.low);
    this.flowControl.fetched(root, fetchedFrom(from, records));
  }

  start(pick: number): void {
    const busy = new Set(this.started.map(({ wanted }) => wanted.lane));
    const heads = new Map(this.held.toReversed().map((held) => [held.wanted.lane, held]));
    const able = [...heads.values()].filter(({ wanted: { endpoint, lane } }) => {
      return this.open.get(endpoint) && !busy.has(lane);
    });
    const held = able[pick % Math.max(1, able.length)];
    if (!held) return;
    this.held = this.held.filter((one) => one !== held);
    this.begun(held);
  }

  end(pick: number, how: 'accepted' | 'throttled' | 'failed' = 'accepted'): void {
    const held = this.started[pick % Math.max(1, this.started.length)];
    if (!held) return;
    const { wanted, home, tracked } = held;
    const { offset, endpoint } = wanted;
    if (how !== 'accepted' && endpoint === '') return;
    this.started = this.started.filter((one) => one !== held);
    if (how === 'accepted') {
      this.deliveredNow(wanted);
      home.finish(tracked);
      count(-1)(home);
      return this.backlogs.refill(home);
    }
    if (how === 'failed') {
      held.attempt += 1;
      this.attempts.failed(wanted, held.attempt);
      home.retriesAgain({ offset, attempt: held.attempt, dueAtMs: 1 }, tracked);
    }
    held.isStarted = false;
    this.held.unshift(held);
  }

  private deliveredNow(wanted: Wanted): void {
    const { name, offset, lane, endpoint } = wanted;
    for (const before of WANTED) {
      if (before.offset >= offset || before.lane !== lane || before.offset < this.low) continue;
      if (!this.delivered.has(before.name)) this.faults.push(`${name} comes before ${before.name}`);
    }
    this.delivered.set(name, (this.delivered.get(name) ?? 0) + 1);
    if (endpoint === '') this.atRisk.add(name);
    else this.attempts.delivered(wanted);
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
    this.underWay = {
      taken,
      covers: new Set(this.atRisk),
      attempts: this.attempts.inCommits(this.root),
    };
  }

  /** @param howFar it may fail, or a crash come after the cursors, or after the head */
  commit(howFar: 'none' | 'cursors' | 'head' | 'all' = 'all'): void {
    this.take();
    const { underWay } = this;
    if (!underWay) return;
    this.underWay = null;
    const { taken, covers, attempts } = underWay;
    if (howFar === 'none') return this.root.notCommitted();
    this.writeCursors(taken.cursors);
    if (howFar === 'cursors') return this.root.notCommitted();
    this.head = taken.commit;
    this.root.committed = this.head.offset;
    for (const name of covers) this.atRisk.delete(name);
    this.attempts.committed(attempts);
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

  /**
   * Nobody consumes, and the cursor of an endpoint is moved: what lies behind it is wanted again,
   * whoever knew that it was delivered.
   */
  reset(n: number): void {
    const endpoint = NAMES[n % NAMES.length] as string;
    this.endSpell(false, () => {
      const own = WANTED.filter((one) => one.endpoint === endpoint && one.offset >= this.low);
      const left = own.find(({ name }) => !this.delivered.has(name))?.offset ?? Infinity;
      // Moved forward, it would pass over what is not delivered.
      const offset = Math.min(left, Math.max(this.low, Math.floor((this.head.offset * n) / 12)));
      this.cursors.set(endpoint, { endpoint, topic: 't', partition: 0, offset, metadata: '' });
      const again = own.filter((one) => one.offset >= offset).map(({ name }) => name);
      for (const name of again) this.delivered.delete(name);
      this.attempts.forget(again);
    });
  }

  private endSpell(isCounted: boolean, meanwhile = () => {}): void {
    this.isCounted &&= isCounted;
    this.root.isOurs = false;
    this.underWay = null;
    this.backlogs.close();
    for (const name of this.atRisk) this.allowed.add(name);
    this.atRisk.clear();
    this.attempts.ownerEnded();
    meanwhile();
    this.begin();
  }

  /** The next owner is given all that this one knows. */
  handOver(): void {
    while (this.started.length > 0) this.end(0);
    this.commit('none');
    this.root.intakeEnded();
    this.writeCursors(this.root.takeCursors('owner'));
    if (this.isCounted) for (const cursor of this.cursors.values()) this.check(cursor);
    this.head = this.root.releaseCommit('owner');
    this.atRisk.clear();
    this.attempts.committed(this.attempts.inCommits(this.root));
    this.endSpell(true);
  }

  /** A cursor counts what is left of its endpoint before the head. */
  private check({ endpoint, offset: at, metadata }: Cursor): void {
    const mark = decodeCursorMark(at, metadata);
    if (!mark) return;
    // The head may begin again before what an earlier consumer has counted.
    const end = mark.until ?? Math.max(this.root.tracker.position, mark.countedTo);
    const left = deliveriesOf(endpoint, end).filter((name) => !this.delivered.has(name));
    if (mark.left !== left.length) this.faults.push(`${mark.left} of ${endpoint}, not ${left}`);
  }

  get missing(): readonly string[] {
    const left = WANTED.filter((one) => one.offset >= this.low && !this.delivered.has(one.name));
    return left.map(({ name }) => name);
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
