// Goal: whatever is detached, read on, attached and killed, each endpoint gets each of its records,
// and again only what no commit knew of.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { Cursor } from '../../common/kafka/cursor-store.ts';
import { decodeCommitMark } from '../../common/kafka/decide/commit-metadata.ts';
import type { Commit } from '../../common/kafka/types.ts';
import type { LogRecord } from '../../common/delivery.ts';
import { createLogger } from '../../common/logger.ts';
import fc from '../../test/support/property.ts';
import type { Endpoint } from '../deliver/endpoint.ts';
import { Backlogs } from './backlogs.ts';
import type { Tracked } from './decide/tracker.ts';
import type { Dispatcher } from './dispatcher.ts';
import { backlogFrom } from './endpoint-backlog.ts';
import { endpointOf } from './endpoint-name.ts';
import type { Intake } from './intake.ts';
import { Losses } from './losses.ts';
import { PartitionWork } from './partition-work.ts';
import type { Held, Home } from './work.ts';

const logger = createLogger('test', 'silent');
const NAMES = ['a', 'b', 'c'];
const LOG = Array.from({ length: 60 }, (_, offset): LogRecord => {
  const headers = {
    'wh-subscription': NAMES[(offset * 7 + (offset >> 2)) % NAMES.length] as string,
  };
  // Some offsets are transaction markers.
  return {
    topic: 't',
    partition: 0,
    offset: offset + (offset >> 3),
    key: null,
    value: null,
    headers,
    timestampMs: 1,
  };
});
const END = (LOG.at(-1)?.offset ?? 0) + 1;

/** One consumer after the other on a partition; commits outlive them. */
class World {
  readonly delivered = new Map<number, number>();
  readonly cursors = new Map<string, Cursor>();
  head: Pick<Commit, 'offset' | 'metadata'> = { offset: 0, metadata: '' };
  private readonly open = new Map<string, boolean>(NAMES.map((name) => [name, true]));
  private held: Held[] = [];
  private started: Held[] = [];
  private root!: PartitionWork;
  private backlogs!: Backlogs;
  /** Finished since the last commit: what a crash may repeat. */
  private atRisk = new Set<number>();
  readonly allowed = new Set<number>();

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
      endpoints: { find: (name) => endpoints.get(name ?? '') ?? null, hasNeighbours: () => true },
      dispatcher: {
        takeOut: (endpoint: Endpoint) => this.takeOut(endpoint),
      } as unknown as Dispatcher,
      intake: { left: count(-1), moved: () => {}, balance: () => {} } as unknown as Intake,
      reader: {
        read: ({ offset: from }) => {
          const records = LOG.filter((one) => one.offset >= from && one.offset < from + 9);
          return Promise.resolve({ records, readTo: Math.min(END, from + 9), low: 0 });
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
    const taken = this.held.filter(({ tracked }) => tracked.endpoint === id);
    this.held = this.held.filter((held) => !taken.includes(held));
    return taken;
  }

  private receive(home: Home, tracked: Tracked, record: LogRecord): void {
    count(1)(home);
    const held = { home, tracked, bytes: 1, isStarted: false, delivery: { record } };
    tracked.held = held;
    this.held.push(held);
  }

  fetch(records: number): void {
    const { root } = this;
    const next = LOG.filter(({ offset }) => offset >= root.tracker.position).slice(0, records);
    for (const record of next) {
      const tracked = root.tracker.receive(record.offset);
      if (!tracked) continue;
      tracked.endpoint = endpointOf(record);
      if (this.backlogs.takes(root, record)) root.pass(tracked);
      else this.receive(root, tracked, record);
    }
    root.tracker.skipTo((next.at(-1)?.offset ?? END - 1) + 1);
    this.backlogs.wakeIn(root);
  }

  start(pick: number): void {
    const able = this.held.filter(({ tracked }) => this.open.get(tracked.endpoint ?? ''));
    const held = able[pick % Math.max(1, able.length)];
    if (!held) return;
    held.isStarted = true;
    this.held = this.held.filter((one) => one !== held);
    this.started.push(held);
  }

  end(pick: number, isThrottled: boolean): void {
    const [held] = this.started.splice(pick % Math.max(1, this.started.length), 1);
    if (!held) return;
    if (isThrottled) {
      held.isStarted = false;
      this.held.push(held);
      return;
    }
    const { offset } = held.tracked;
    this.delivered.set(offset, (this.delivered.get(offset) ?? 0) + 1);
    this.atRisk.add(offset);
    held.home.finish(held.tracked);
    count(-1)(held.home);
    this.backlogs.refill(held.home);
  }

  toggle(name: string): void {
    this.open.set(name, !this.open.get(name));
    this.backlogs.wake({ settings: { id: name } } as Endpoint);
  }

  detach(name: string): void {
    this.backlogs.detach(this.root, name);
  }

  /** @param howFar a crash may come after the cursors, or after the head, before what is removed */
  commit(howFar: 'cursors' | 'head' | 'all' = 'all'): void {
    const taken = this.root.takeCommit('owner');
    if (!taken) return;
    for (const cursor of taken.cursors) {
      this.cursors.set(cursor.endpoint, cursor);
      cursor.committed();
    }
    if (howFar === 'cursors') return this.root.notCommitted();
    this.head = taken.commit;
    this.atRisk.clear();
    if (howFar === 'head') return;
    for (const backlog of taken.over) {
      this.cursors.delete(backlog.endpoint);
      this.root.forget(backlog);
    }
  }

  crash(): void {
    this.root.isOurs = false;
    this.backlogs.close();
    for (const offset of this.atRisk) this.allowed.add(offset);
    this.atRisk.clear();
    this.begin();
  }

  async untilAllIsDelivered(): Promise<void> {
    for (const name of NAMES) if (!this.open.get(name)) this.toggle(name);
    for (let round = 0; round < 150 && this.delivered.size < LOG.length; round += 1) {
      this.fetch(5);
      await turn();
      this.start(0);
      this.start(1);
      this.end(0, false);
      this.end(0, false);
      this.commit('all');
    }
    while (this.started.length > 0) this.end(0, false);
  }

  describe() {
    const { root, head, cursors } = this;
    return JSON.stringify({
      head,
      cursors: [...cursors.values()],
      position: root.tracker.position,
    });
  }
}

const count = (sign: 1 | -1) => (home: Home) => {
  home.openRecords += sign;
};

const STEPS = [
  'fetch',
  'start',
  'end',
  'throttled',
  'toggle',
  'detach',
  'commit',
  'crash',
] as const;
const WEIGHTS = [3, 8, 8, 1, 1, 2, 4, 1];
const step = fc.record({
  kind: fc.oneof(
    ...STEPS.map((kind, n) => ({ arbitrary: fc.constant(kind), weight: WEIGHTS[n] as number })),
  ),
  n: fc.nat(11),
});

test('nothing is lost, and nothing is repeated that a commit knew of', async () => {
  const steps = fc.array(step, { minLength: 50, maxLength: 150, size: 'max' });
  await fc.assert(
    fc.asyncProperty(steps, async (all) => {
      const world = new World();
      for (const { kind, n } of all) {
        const name = NAMES[n % NAMES.length] as string;
        if (kind === 'fetch') world.fetch(1 + n);
        else if (kind === 'start') world.start(n);
        else if (kind === 'end' || kind === 'throttled') world.end(n, kind === 'throttled');
        else if (kind === 'toggle') world.toggle(name);
        else if (kind === 'detach') world.detach(name);
        else if (kind === 'commit') world.commit((['cursors', 'head', 'all'] as const)[n % 3]);
        else world.crash();
        await turn();
      }
      await world.untilAllIsDelivered();
      const missing = LOG.filter(({ offset }) => !world.delivered.has(offset));
      assert.deepEqual(
        missing.map(({ offset }) => offset),
        [],
        `lost; ${world.describe()}`,
      );
      const repeated = [...world.delivered].filter(
        ([offset, times]) => times > 1 && !world.allowed.has(offset),
      );
      assert.deepEqual(repeated, [], 'repeated though committed');
    }),
    { numRuns: 300 },
  );
});
