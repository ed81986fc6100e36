import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { createLogger } from '../common/base/logger.ts';
import type { Commit, Group } from '../common/kafka/ports.ts';
import type { Endpoint } from './endpoint/endpoint.ts';
import type { EngineDeps } from './engine-deps.ts';
import { Engine } from './engine.ts';
import type { FlowControl } from './partition/flow-control.ts';
import type { PartitionState } from './partition/partition-state.ts';
import { packedRecord } from '../test/support/packed-record.ts';
import { QUIET_HANDOVER } from '../test/support/quiet-handover.ts';
import { recipientsOf } from '../test/support/recipients.ts';

const HEAD = 5;

/** Parts of the engine that only the engine itself uses. */
interface Insides {
  readonly flowControl: FlowControl;
  readonly partitions: ReadonlyMap<string, PartitionState>;
}

test('a rebalance between the claim of a partition and its beginning leaves nobody behind; one that takes it leaves no memory', async (t) => {
  let commit: Commit | null = null;
  const reads: number[] = [];
  const group = {
    epoch: 1,
    isStable: true,
    commit: ([claim]: readonly Commit[]) => {
      commit = claim ?? null;
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
    onShareChanged: () => {},
    committed: () => Promise.resolve({ get: () => ({ offset: HEAD, metadata: '' }) }),
    cursors: { load: () => Promise.resolve([behind]), commit: () => Promise.resolve() },
    reader: {
      read: ({ offset }: { offset: number }) => {
        reads.push(offset);
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
      carryLosses: () => {},
      began: () => {},
      isSameLog: () => true,
      idOf: () => '',
    },
    look: () => Promise.resolve(),
    logger: createLogger('test', 'silent'),
    onFatal: (error: unknown) => assert.fail(String(error)),
  } as unknown as EngineDeps);
  t.after(() => engine.drain(0));
  const assign = (partitions = [0]) => {
    const { offset = HEAD, metadata = '' } = commit ?? {};
    const position = { offset, metadata, low: 0, high: HEAD, committed: null };
    const committed = { hasAny: true, hasRecords: true, get: () => position };
    return engine.onAssigned(new Map([['t', partitions]]), committed, group as unknown as Group);
  };
  await assign();
  for (let n = 0; n < 20 && commit === null; n += 1) await turn();
  assert.ok(commit, 'claimed');
  assert.deepEqual(reads, [], 'and not begun');
  const [start] = await assign();
  assert.equal(start?.offset, HEAD, 'kept');
  await turn();
  assert.deepEqual(reads, [2]);

  const { flowControl, partitions } = engine as unknown as Insides;
  const work = partitions.get('t/0') as PartitionState;
  const record = { key: 'k', value: Buffer.alloc(1_000), headers: {}, timestampMs: 1 };
  const fetched = packedRecord({ ...record, topic: 't', partition: 0, offset: HEAD });
  flowControl.fetched(work, fetched);
  assert.ok(work.fetchedBytes > 0);
  await assign([]);
  assert.equal(work.fetchedBytes, 0, 'what waited is given back when the partition leaves');
});
