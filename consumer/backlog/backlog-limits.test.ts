// Goal: however many endpoints are behind, what is read again for them fits into memory, and into
// the metadata of their cursors; and people learn how far behind they are.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { createLogger } from '../../common/base/logger.ts';
import type { Endpoint } from '../endpoint/endpoint.ts';
import { PLAIN_SOURCES } from '../../test/support/plain-sources.ts';
import { Backlogs } from './backlogs.ts';
import type { Tracked } from '../partition/offset-tracker.ts';
import type { Scheduler } from '../schedule/scheduler.ts';
import { backlogFrom } from '../partition/backlog-progress.ts';
import type { EndpointBacklog } from '../partition/endpoint-backlog.ts';
import { FlowControl } from '../partition/flow-control.ts';
import { recipientsOf } from '../../test/support/recipients.ts';
import { aSubscription } from '../../test/support/subscription.ts';
import { Losses } from '../log/losses.ts';
import type { LeftBehind } from '../outcome/outcome-writer.ts';
import { PartitionState } from '../partition/partition-state.ts';

const MIB = 1024 ** 2;
const logger = createLogger('test', 'silent');

/** A partition that was taken over with endpoints that are behind, each owing `each` deliveries. */
function aPartition({
  endpoints = 1,
  each = 10,
  bytes = 1,
  low = 0,
}: Partial<Record<'endpoints' | 'each' | 'bytes' | 'low', number>>) {
  const end = endpoints * each;
  const root = new PartitionState('t', 0, end, null);
  root.isBegun = true;
  for (let n = 0; n < endpoints; n += 1) {
    const cursor = { endpoint: `sub_${n}`, topic: 't', partition: 0, offset: 0, metadata: '' };
    root.backlogs.set(cursor.endpoint, backlogFrom(root, cursor));
  }
  const recordAt = (offset: number): LogRecord => {
    const headers = { 'wh-subscription': `sub_${offset % endpoints}` };
    const body = { key: null, value: null, headers, timestampMs: 1 };
    return { topic: 't', partition: 0, offset, ...body };
  };
  const settings = { state: 'enabled' };
  const may = { mayTakeAt: () => true, isClosedAt: () => false };
  const open = { settings, ...may } as unknown as Endpoint;
  const state = { whyCancelled: null as string | null, isOfOtherSource: false };
  const cancelled: LeftBehind[] = [];
  const backlogs = new Backlogs({
    sources: { ...PLAIN_SOURCES, whyCancelled: () => state.whyCancelled },
    logs: { isOfOtherSource: () => state.isOfOtherSource },
    endpoints: {
      find: () => open,
      lookUp: () => Promise.resolve(open),
      hasNeighbours: () => true,
      underWay: () => [],
    },
    recipients: recipientsOf(),
    outcomeWriter: { cancelLeft: (left) => Promise.resolve(void cancelled.push(left)) },
    scheduler: { waitingEndpoints: () => [], takeOut: () => [] } as unknown as Scheduler,
    flowControl: { balance: () => {} } as unknown as FlowControl,
    reader: {
      read: ({ offset }) => {
        const records = Array.from({ length: Math.min(1_000, end - offset) }, (_, n) =>
          recordAt(offset + n),
        );
        if (offset < low) return Promise.resolve({ records: [], readTo: low, low });
        return Promise.resolve({ records, readTo: offset + records.length, low });
      },
      close: () => Promise.resolve(),
    },
    receive: (home) => {
      home.openRecords += 1;
      home.openBytes += bytes;
    },
    lanes: [],
    retentionMs: null,
    losses: new Losses(logger),
    logger,
    onFatal: (error) => assert.fail(String(error)),
  });
  const read = async () => {
    backlogs.wakeIn(root);
    for (let round = 0; round < 200; round += 1) await turn();
    const all = [...root.backlogs.values()];
    const sum = (of: 'openRecords' | 'openBytes') => all.reduce((total, one) => total + one[of], 0);
    return { records: sum('openRecords'), bytes: sum('openBytes') };
  };
  return { root, backlogs, read, state, cancelled };
}

test('hundreds of endpoints that are behind with large bodies take 32 MiB, and one more each', async () => {
  const bytes = MIB / 4;
  const partition = aPartition({ endpoints: 200, each: 30, bytes });
  const taken = await partition.read();
  assert.ok(taken.records >= 200, 'each has something to do');
  assert.ok(taken.bytes <= 32 * MIB + 200 * bytes, `${taken.bytes / MIB} MiB`);
});

test('a partition that comes with many cursors fills no more memory than later', async () => {
  const partition = aPartition({ endpoints: 100, each: 300, bytes: 1 });
  const { records } = await partition.read();
  assert.ok(records >= 6_000 && records <= 12_000, `${records} records`);
});

test('nothing of a partition is read for those behind before it is claimed', async () => {
  const { root, backlogs, read } = aPartition({});
  root.isBegun = false;
  backlogs.tick([root], Date.now());
  assert.equal((await read()).records, 0, 'its last owner may still send');
  root.isBegun = true;
  assert.equal((await read()).records, 10);
});

test('a backlog reads on only while its cursor can name what is finished, if it has anything open', async () => {
  const partition = aPartition({});
  const backlog = partition.root.backlogs.get('sub_0');
  assert.ok(backlog);
  backlog.mapLoad = 0.8;
  backlog.openRecords = 1;
  assert.equal((await partition.read()).records, 1);
  backlog.openRecords = 0;
  assert.equal((await partition.read()).records, 10, 'as it came from its last owner');
  backlog.mapLoad = 1.1;
  assert.ok(partition.root.isMapCut, 'it is an alarm, too');
});

test('a partition whose map was full when its last owner left it is fetched until it shrinks', () => {
  // Every other one is finished, far beyond what the metadata of a commit can name.
  const done = Array.from({ length: 9_000 }, (_, n) => ({ start: 2 * n + 1, end: 2 * n + 2 }));
  const work = new PartitionState('t', 0, 0, { done, retries: [], losses: [] });
  work.claimCommit('owner');
  assert.ok(work.isMapFull);
  const flowControl = new FlowControl(
    () => ({ pause: () => {}, resume: () => {} }),
    'bulk',
    () => {},
  );
  flowControl.balance(work);
  assert.ok(!work.isPaused, 'with nothing in memory the map never shrinks');
  const bytes = flowControl.received(work, { value: null, key: null, headers: {} }, 1);
  flowControl.balance(work);
  assert.ok(work.isPaused);
  flowControl.left(work, bytes);
  flowControl.balance(work);
  assert.ok(!work.isPaused);
});

const HOUR_MS = 3_600_000;
const backlogOf = ({ root }: { root: PartitionState }) =>
  root.backlogs.get('sub_0') as EndpointBacklog;

test('what retention takes of a backlog is said in the next commit, and the rest is still behind', async () => {
  const partition = aPartition({ low: 6 });
  const backlog = backlogOf(partition);
  backlog.left = 10;
  backlog.sinceMs = 1;
  backlog.skipTo(4);
  const late = partition.backlogs.alarms([partition.root], 2 * HOUR_MS);
  assert.deepEqual(
    late.map(({ kind, detail }) => `${kind}: ${detail.slice(0, 10)}`),
    ['endpoint-behind: sub_0 (6):'],
  );
  await partition.read();
  assert.deepEqual(
    partition.root.losses.map(({ kind, count }) => [kind, count]),
    [['records-lost', 2]],
  );
});

test('a backlog is as old as what is first in it, however long it has been there', () => {
  const backlog = backlogOf(aPartition({}));
  const receive = (offset: number) =>
    backlog.receive({ offset, timestampMs: 1_000 * offset } as LogRecord) as Tracked;
  backlog.passed({ offset: 20, timestampMs: 20_000 });
  assert.equal(backlog.sinceMs, 20_000, 'after a reset it is not known, but it grows older');
  const all = [1, 2, 3].map(receive);
  assert.equal(backlog.sinceMs, 1_000);
  for (const [n, one] of all.entries()) {
    receive(4 + n);
    backlog.finish(one);
    assert.equal(backlog.sinceMs, 1_000 * (n + 2));
  }
});

test('of thousands of backlogs that only grow, each second writes a part of the cursors', (t) => {
  t.mock.timers.enable({ apis: ['Date'], now: 1_700_000_000_000 });
  const { root, backlogs } = aPartition({ endpoints: 300 });
  const taken = () => {
    const cursors = root.takeCursors('owner');
    for (const cursor of cursors) cursor.committed();
    return cursors.map(({ endpoint }) => endpoint);
  };
  assert.equal(taken().length, 300, 'as they are taken over');
  const told: string[] = [];
  for (let second = 1; second <= 5; second += 1) {
    t.mock.timers.tick(1_000);
    for (const backlog of root.backlogs.values()) {
      backlog.passed({ offset: 9_000 + second, timestampMs: 1 });
    }
    backlogs.tick([root], Date.now());
    const now = taken();
    assert.ok(now.length <= 100, `${now.length} at once`);
    told.push(...now);
  }
  assert.equal(new Set(told).size, 300, 'each has its turn');
});

test('the head passes nothing of an endpoint whose cursor says that it has nothing left', () => {
  const partition = aPartition({});
  const { root } = partition;
  const backlog = backlogOf(partition);
  backlog.left = 0;
  for (const cursor of root.takeCursors('owner')) cursor.committed();
  backlog.passed({ offset: 20, timestampMs: 1 });
  assert.equal(root.takeCursors('owner').length, 1);
});

test('a cursor that is over and could not be removed is part of a commit each second', () => {
  const { root, backlogs } = aPartition({});
  const backlog = backlogOf({ root });
  backlog.attach();
  for (const cursor of root.takeCommit('owner')?.cursors ?? []) cursor.committed();
  assert.ok(!root.isDirty);
  backlogs.tick([root], Date.now());
  assert.ok(root.isDirty);
});

test('who takes a partition over writes the cursors again a few at a time, but what differs at once', () => {
  const { root, backlogs } = aPartition({ endpoints: 300 });
  for (const cursor of root.takeCursors('one')) {
    cursor.committed();
    root.backlogs.set(cursor.endpoint, backlogFrom(root, cursor));
  }
  assert.equal(root.takeCursors('two').length, 0);
  backlogs.tick([root], Date.now());
  assert.equal(root.takeCursors('two').length, 100, 'lest Kafka forget them');

  const attached = backlogOf({ root });
  const work = attached.receive({ offset: 0, timestampMs: 1 } as LogRecord);
  assert.ok(work);
  attached.attach();
  const [cursor] = root.takeCursors('two').filter(({ endpoint }) => endpoint === 'sub_0');
  assert.ok(cursor);
  const again = backlogFrom(new PartitionState('t', 0, 3_000, null), cursor);
  assert.ok(again.takeCursor('three'), 'the head may pass what comes after it only then');
});

for (const [how, ended] of [
  ['deleted', { whyCancelled: 'its source was deleted' }],
  ['deleted and made again', { isOfOtherSource: true }],
] as const) {
  test(`what is left of a source that was ${how} is cancelled and said in one line, and not sent`, async () => {
    const partition = aPartition({});
    Object.assign(partition.state, ended);
    assert.equal((await partition.read()).records, 0);
    partition.backlogs.sourcesChanged([partition.root]);
    await turn();
    assert.deepEqual(partition.cancelled, [
      {
        ...{ endpoint: 'sub_0', topic: 't', partition: 0, from: 0, to: 10, count: 10 },
        reason: 'its source was deleted',
      },
    ]);
    assert.ok(backlogOf(partition).isOver);
  });
}

test('a new subscription begins in a source where it says, and nowhere in one that was made again since', () => {
  const { root, backlogs, state } = aPartition({ endpoints: 0 });
  const begins = { t: { topicId: 'id', life: 'a', offsets: [5] } };
  state.isOfOtherSource = true;
  backlogs.beginNew(root, [aSubscription({ id: 'sub_new', begins })]);
  assert.equal(root.backlogs.size, 0);
  state.isOfOtherSource = false;
  backlogs.beginNew(root, [aSubscription({ id: 'sub_new', begins })]);
  assert.equal(root.backlogs.get('sub_new')?.position, 5);
});
