import assert from 'node:assert/strict';
import { test } from 'node:test';
import { QUIET_HANDOVER } from '../../test/support/quiet-handover.ts';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../common/base/logger.ts';
import type { Cursor, CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { Commit, Group } from '../../common/kafka/ports.ts';
import { encodeCommitMark } from '../../common/kafka/positions/commit-metadata.ts';
import { decodeCursorMark, encodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import { backlogFrom } from './backlog-progress.ts';
import { DeliveredBefore } from './delivered-before.ts';
import { PartitionState } from './partition-state.ts';
import { release, takeOver } from './handover.ts';

// That commits are read again is shown on a broker: test/integration/consumer/take-over.test.ts.

test('a membership that ends while a dead owner’s commits are read loses no partition', async () => {
  const of = (owner: string) => ({ owner, isReleased: false, done: [], retries: [] });
  const dead = encodeCommitMark(3, of('dead')).text;
  const ours = encodeCommitMark(5, of('ours')).text;
  const ends = Promise.withResolvers<void>();
  const leaving = new Map([['t/1', ends.promise]]);
  const begun: string[] = [];
  await takeOver(
    {
      ...QUIET_HANDOVER,
      owner: 'ours',
      group: { epoch: 1, commit: () => Promise.resolve() } as unknown as Group,
      async committed() {
        leaving.delete('t/1');
        ends.resolve();
        await sleep(10);
        return {
          hasAny: true,
          get: (_, at) => ({ offset: [3, 5][at] ?? null, metadata: [dead, ours][at] ?? '' }),
        };
      },
      liveOwners: () => Promise.resolve(new Set(['ours'])),
      leaving,
      begin: ({ name, tracker }) => begun.push(`${name} at ${tracker.commitPoint}`),
      waitMsMax: 1_000,
      logger: createLogger('test', 'silent'),
    },
    1,
    [
      { topic: 't', partition: 0, offset: 3, metadata: dead, low: 0, readTo: 0 },
      { topic: 't', partition: 1, offset: 5, metadata: ours, low: 0, readTo: 0 },
    ],
  );
  assert.deepEqual(begun.sort(), ['t/0 at 3', 't/1 at 5']);
});

test('a partition is released only once each cursor that is under way is durable', async () => {
  const work = new PartitionState('t', 0, 5, null);
  const at = { endpoint: 'sub_a', topic: 't', partition: 0, offset: 2, metadata: '' };
  work.backlogs.set('sub_a', backlogFrom(work, at));
  // A commit has taken it, and may yet fail to make it durable.
  assert.equal(work.takeCommit('ours')?.cursors.length, 1);
  const { metadata } = work.claimCommit('ours');
  const done: string[] = [];
  const group = {
    epoch: 1,
    commit: ([one]: readonly Commit[]) => {
      done.push(`release at ${one?.offset}`);
      return Promise.resolve();
    },
  };
  const cursors = {
    commit: (all: readonly Cursor[]) => {
      done.push(...all.map(({ endpoint, offset }) => `${endpoint} at ${offset}`));
      return Promise.resolve();
    },
  };
  const deps = {
    owner: 'ours',
    group: group as unknown as Group,
    cursors: cursors as CursorStore,
    committed: () => Promise.resolve({ hasAny: true, get: () => ({ offset: 5, metadata }) }),
    waitMsMax: 1_000,
    logger: createLogger('test', 'silent'),
  };
  await release(deps, work);
  assert.deepEqual(done, ['sub_a at 2', 'release at 5']);
});

test('partitions that are released at about the same time cost one load of all cursors', async () => {
  const of = (isReleased: boolean) => {
    return encodeCommitMark(0, { owner: 'other', isReleased, done: [], retries: [] }).text;
  };
  const partitions = Array.from({ length: 20 }, (_, partition) => partition);
  let loads = 0;
  const begun: number[] = [];
  await takeOver(
    {
      ...QUIET_HANDOVER,
      owner: 'ours',
      group: { epoch: 1, commit: () => Promise.resolve() } as unknown as Group,
      committed: () =>
        Promise.resolve({ hasAny: true, get: () => ({ offset: 0, metadata: of(true) }) }),
      liveOwners: () => Promise.resolve(new Set(['ours', 'other'])),
      leaving: new Map(),
      cursors: {
        async load() {
          loads += 1;
          await sleep(10);
          return [];
        },
      } as unknown as CursorStore,
      begin: ({ partition }) => begun.push(partition),
      waitMsMax: 1_000,
      logger: createLogger('test', 'silent'),
    },
    1,
    partitions.map((partition) => {
      return { topic: 't', partition, offset: 0, metadata: of(false), low: 0, readTo: 0 };
    }),
  );
  assert.deepEqual(
    begun.sort((a, b) => a - b),
    partitions,
  );
  assert.ok(loads <= 2, `${loads} loads`);
});

test('of a dead owner’s commit that retention has overtaken, what is finished stays so', async () => {
  const mark = { owner: 'dead', isReleased: false, done: [{ start: 4, end: 6 }], retries: [] };
  const metadata = encodeCommitMark(3, mark).text;
  const begun: number[] = [];
  await takeOver(
    {
      ...QUIET_HANDOVER,
      owner: 'ours',
      group: { epoch: 1, commit: () => Promise.resolve() } as unknown as Group,
      committed: () => Promise.resolve({ hasAny: true, get: () => ({ offset: 3, metadata }) }),
      liveOwners: () => Promise.resolve(new Set(['ours'])),
      leaving: new Map(),
      begin: ({ tracker }) => begun.push(tracker.commitPoint),
      waitMsMax: 1_000,
      logger: createLogger('test', 'silent'),
    },
    1,
    [{ topic: 't', partition: 0, offset: 3, metadata, low: 4, readTo: 0 }],
  );
  assert.deepEqual(begun, [6]);
});

test('that a cursor was moved is noted before the partition is claimed', async () => {
  const moved = { endpoint: 'sub_a', topic: 't', partition: 0, offset: 2, metadata: '' };
  const { text: metadata } = encodeCommitMark(9, {
    ...{ owner: 'dead', isReleased: false, done: [], retries: [], attemptsSinceMs: 5 },
  });
  const delivered = new DeliveredBefore(5);
  for (const offset of [3, 9, 10]) delivered.add(offset, 'sub_a', 6);
  delivered.add(10, 'sub_b', 6);
  const done: string[] = [];
  const works: PartitionState[] = [];
  await takeOver(
    {
      ...QUIET_HANDOVER,
      owner: 'ours',
      group: {
        epoch: 1,
        commit: () => Promise.resolve(void done.push('claimed')),
      } as unknown as Group,
      committed: () => Promise.resolve({ hasAny: true, get: () => ({ offset: 9, metadata }) }),
      liveOwners: () => Promise.resolve(new Set(['ours'])),
      delivered: () => Promise.resolve(new Map([['t/0', delivered]])),
      leaving: new Map(),
      cursors: {
        load: () => Promise.resolve([moved]),
        commit: (all: readonly Cursor[]) => {
          for (const one of all) {
            const mark = decodeCursorMark(one.offset, one.metadata);
            done.push(`${one.endpoint} at ${one.offset}, done ${JSON.stringify(mark?.done)}`);
            assert.ok((mark?.attemptsFromMs ?? 0) > 6);
          }
          return Promise.resolve();
        },
      } as unknown as CursorStore,
      begin: (work) => works.push(work),
      waitMsMax: 1_000,
      logger: createLogger('test', 'silent'),
    },
    1,
    [{ topic: 't', partition: 0, offset: 9, metadata, low: 0, readTo: 0 }],
  );
  assert.deepEqual(done, ['sub_a at 2, done []', 'claimed']);
  const known = works[0]?.delivered;
  assert.deepEqual([known?.has(10, 'sub_a'), known?.has(10, 'sub_b')], [false, true]);
});

test('a cursor that was set before the begin of its endpoint stands at the begin', async () => {
  const mark = { owner: 'ours', topicId: '', done: [], retries: [], until: null, left: 2 };
  const counts = { countedTo: 9, sinceMs: 1, attemptsFromMs: 0 };
  const metadata = ['', encodeCursorMark(1, { ...mark, ...counts }).text];
  const cursors = metadata.map((text, partition) => ({
    ...{ endpoint: 'sub_a', topic: 't', partition, offset: 1, metadata: text },
  }));
  const positions = new Map<number, number | undefined>();
  await takeOver(
    {
      ...QUIET_HANDOVER,
      owner: 'ours',
      group: { epoch: 1, commit: () => Promise.resolve() } as unknown as Group,
      cursors: {
        load: () => Promise.resolve(cursors),
        commit: () => Promise.resolve(),
      } as unknown as CursorStore,
      committed: () => Promise.resolve({ hasAny: true, get: () => ({ offset: 9, metadata: '' }) }),
      liveOwners: () => Promise.resolve(new Set(['ours'])),
      leaving: new Map(),
      recipients: { beginOf: (endpoint) => (endpoint === 'sub_a' ? 7 : 0) },
      begin: ({ partition, backlogs }) => positions.set(partition, backlogs.get('sub_a')?.position),
      waitMsMax: 1_000,
    },
    1,
    [0, 1].map((partition) => ({
      topic: 't',
      partition,
      offset: 9,
      metadata: '',
      low: 0,
      readTo: 0,
    })),
  );
  // Deliveries that a consumer has left behind before the begin are told as given up.
  assert.deepEqual([...positions].sort(), [
    [0, 7],
    [1, 1],
  ]);
});
