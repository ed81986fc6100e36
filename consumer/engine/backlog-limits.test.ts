// Goal: however many endpoints are behind, what is read again for them fits into memory, and into
// the metadata of their cursors.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import type { LogRecord } from '../../common/delivery.ts';
import { createLogger } from '../../common/logger.ts';
import type { Endpoint } from '../deliver/endpoint.ts';
import { Backlogs } from './backlogs.ts';
import type { Dispatcher } from './dispatcher.ts';
import { backlogFrom } from './endpoint-backlog.ts';
import { Intake } from './intake.ts';
import { Losses } from './losses.ts';
import { PartitionWork } from './partition-work.ts';

const MIB = 1024 ** 2;
const logger = createLogger('test', 'silent');

/** A partition that was taken over with endpoints that are behind, each owing `each` deliveries. */
async function aPartition({
  endpoints,
  each,
  bytes,
}: Record<'endpoints' | 'each' | 'bytes', number>) {
  const end = endpoints * each;
  const root = new PartitionWork('t', 0, end, null);
  for (let n = 0; n < endpoints; n += 1) {
    const cursor = { endpoint: `sub_${n}`, topic: 't', partition: 0, offset: 0, metadata: '' };
    root.backlogs.set(cursor.endpoint, backlogFrom(root, cursor));
  }
  const recordAt = (offset: number): LogRecord => {
    const headers = { 'wh-subscription': `sub_${offset % endpoints}` };
    const body = { key: null, value: null, headers, timestampMs: 1 };
    return { topic: 't', partition: 0, offset, ...body };
  };
  const open = { mayTakeAt: () => true, isClosedAt: () => false } as unknown as Endpoint;
  const backlogs = new Backlogs({
    endpoints: { find: () => open, hasNeighbours: () => true },
    dispatcher: {} as Dispatcher,
    intake: {} as Intake,
    reader: {
      read: ({ offset }) => {
        const records = Array.from({ length: Math.min(1_000, end - offset) }, (_, n) =>
          recordAt(offset + n),
        );
        return Promise.resolve({ records, readTo: offset + records.length, low: 0 });
      },
      close: () => Promise.resolve(),
    },
    receive: (home) => {
      home.openRecords += 1;
      home.openBytes += bytes;
    },
    lanes: [],
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
  return { root, read };
}

test('hundreds of endpoints that are behind with large bodies take 64 MiB, and one more each', async () => {
  const bytes = MIB / 4;
  const partition = await aPartition({ endpoints: 200, each: 30, bytes });
  const taken = await partition.read();
  assert.ok(taken.records >= 200, 'each has something to do');
  assert.ok(taken.bytes <= 64 * MIB + 200 * bytes, `${taken.bytes / MIB} MiB`);
});

test('a partition that comes with many cursors fills no more memory than later', async () => {
  const partition = await aPartition({ endpoints: 100, each: 300, bytes: 1 });
  const { records } = await partition.read();
  assert.ok(records >= 6_000 && records <= 12_000, `${records} records`);
});

test('a backlog reads on only while its cursor can name what is finished, if it has anything open', async () => {
  const partition = await aPartition({ endpoints: 1, each: 10, bytes: 1 });
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
  const work = new PartitionWork('t', 0, 0, { done, retries: [], losses: [] });
  work.claimCommit('owner');
  assert.ok(work.isMapFull);
  const intake = new Intake(() => ({ pause: () => {}, resume: () => {} }), 'bulk');
  intake.balance(work);
  assert.ok(!work.isPaused, 'with nothing in memory the map never shrinks');
  const bytes = intake.received(work, { value: null, key: null });
  intake.balance(work);
  assert.ok(work.isPaused);
  intake.left(work, bytes);
  intake.balance(work);
  assert.ok(!work.isPaused);
});
