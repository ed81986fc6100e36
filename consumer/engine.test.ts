import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '../common/base/logger.ts';
import type { Commit, Group } from '../common/kafka/ports.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import type { EngineDeps } from './engine-deps.ts';
import { Engine } from './engine.ts';
import type { FlowControl } from './partition/flow-control.ts';
import type { PartitionState } from './partition/partition-state.ts';
import { PLAIN_SOURCES } from '../test/support/plain-sources.ts';
import { packedRecord } from '../test/support/packed-record.ts';
import { NONE_CANCELLED } from '../test/support/cancelled-files.ts';
import { QUIET_HANDOVER } from '../test/support/quiet-handover.ts';
import { recipientsOf } from '../test/support/recipients.ts';
import { NO_USER_KEYS } from '../common/user-keys/body-keys.ts';

const HEAD = 5;

/** Parts of the engine that only the engine itself uses. */
interface Insides {
  readonly flowControl: FlowControl;
  readonly partitions: ReadonlyMap<string, PartitionState>;
}

/** An engine of one topic, with an endpoint that is behind; its group counts an epoch a commit. */
function anEngine(t: TestContext) {
  const state = {
    ...{ commit: null as Commit | null, reads: [] as number[] },
    ...{ isSameLog: true, isNotRead: false },
  };
  const group = {
    epoch: 1,
    isStable: true,
    commit: ([claim]: readonly Commit[]) => {
      state.commit = claim ?? null;
      group.epoch += 1;
      return Promise.resolve();
    },
    startAt: () => assert.fail('not under the old epoch'),
  };
  const behind = { endpoint: 'sub_a', topic: 't', partition: 0, offset: 2, metadata: '' };
  const open = {
    settings: { id: 'sub_a', state: 'enabled' },
    mayTakeAt: () => true,
    isClosedAt: () => false,
  } as unknown as Endpoint;
  const engine = new Engine({
    ...QUIET_HANDOVER,
    ...{ owner: 'ours', concurrency: 4, bulkTopic: 'bulk', lanes: ['t'], waitMsMax: 1_000 },
    endpoints: { caughtUp: () => Promise.resolve(), find: () => open },
    recipients: recipientsOf(),
    cancelledFiles: NONE_CANCELLED,
    sources: { ...PLAIN_SOURCES, isNotRead: () => state.isNotRead },
    bodyKeys: NO_USER_KEYS,
    openSettled: () => ({ forget: () => {}, look: () => Promise.resolve() }),
    onShareChanged: () => {},
    committed: () => Promise.resolve({ get: () => ({ offset: HEAD, metadata: '' }) }),
    cursors: { load: () => Promise.resolve([behind]), commit: () => Promise.resolve() },
    reader: {
      read: ({ offset }: { offset: number }) => {
        state.reads.push(offset);
        return Promise.resolve({ records: [], readTo: HEAD, low: 0 });
      },
    },
    liveOwners: () => Promise.resolve(new Set(['ours'])),
    logs: {
      assigned: () => Promise.resolve(),
      goOnAt: (_topic: string, _partition: number, { offset, metadata }: Commit) => {
        return { offset, metadata };
      },
      losses: { carry: () => [] },
      abandoned: () => {},
      isOfOtherSource: () => false,
      carryLosses: () => {},
      began: () => {},
      isSameLog: () => state.isSameLog,
      startOf: () => 0,
      idOf: () => '',
    },
    look: () => Promise.resolve(),
    logger: createLogger('test', 'silent'),
    onFatal: (error: unknown) => assert.fail(String(error)),
  } as unknown as EngineDeps);
  t.after(() => engine.drain(0));
  const assign = (partitions = [0]) => {
    const { offset = HEAD, metadata = '' } = state.commit ?? {};
    const position = { offset, metadata, low: 0, high: HEAD, committed: null };
    const committed = { hasAny: true, hasRecords: true, get: () => position };
    return engine.onAssigned(new Map([['t', partitions]]), committed, group as unknown as Group);
  };
  const claimed = async () => {
    for (let n = 0; n < 20 && state.commit === null; n += 1) await turn();
    assert.ok(state.commit, 'claimed');
  };
  const { flowControl } = engine as unknown as Insides;
  /** Has a record of the partition wait, as it was fetched. */
  const fetch = () => {
    const work = (engine as unknown as Insides).partitions.get('t/0') as PartitionState;
    const record = { key: 'k', value: Buffer.alloc(1_000), headers: {}, timestampMs: 1 };
    flowControl.fetched(work, packedRecord({ ...record, topic: 't', partition: 0, offset: HEAD }));
    assert.ok(work.fetchedBytes > 0);
    return work;
  };
  return { engine, state, assign, claimed, fetch };
}

test('a rebalance between the claim of a partition and its beginning leaves nobody behind', async (t) => {
  const { state, assign, claimed } = anEngine(t);
  await assign();
  await claimed();
  assert.deepEqual(state.reads, [], 'and not begun');
  const [start] = await assign();
  assert.equal(start?.offset, HEAD, 'kept');
  await turn();
  assert.deepEqual(state.reads, [2]);
});

test('records that wait as they were fetched are dropped when their partition is fetched again', async (t) => {
  const { assign, claimed, fetch } = anEngine(t);
  await assign();
  await claimed();
  await assign();
  const work = fetch();
  const [start] = await assign();
  assert.equal(start?.offset, HEAD, 'fetched again from the first of them');
  assert.deepEqual([work.fetched.length, work.fetchedBytes], [0, 0]);
});

for (const [where, isSameLog] of [
  ['goes to another member', true],
  ['has another log by now', false],
] as const) {
  test(`a partition that ${where} leaves no memory taken`, async (t) => {
    const { state, assign, claimed, fetch } = anEngine(t);
    await assign();
    await claimed();
    await assign();
    const work = fetch();
    state.isSameLog = isSameLog;
    await assign([]);
    assert.deepEqual([work.fetched.length, work.fetchedBytes], [0, 0]);
    assert.equal(work.isOurs, false);
  });
}

test('a source that was made again is left alone until it is known where it begins', async (t) => {
  const { engine, state, assign, claimed } = anEngine(t);
  await assign();
  await claimed();
  await assign();
  const { partitions } = engine as unknown as Insides;
  const work = partitions.get('t/0');
  Object.assign(state, { isSameLog: false, isNotRead: true });
  const bounds = () => Promise.resolve(new Map([[0, { low: 0, high: HEAD }]]));
  await engine.lookedAt(bounds);
  assert.equal(partitions.get('t/0'), work);
  state.isNotRead = false;
  await engine.lookedAt(bounds);
  assert.notEqual(partitions.get('t/0'), work);
});
