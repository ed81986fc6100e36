import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalModule } from '../internals.ts';
import { fixStaleLeader } from './stale-leader.ts';

test('after "not the leader" the metadata is read again, after other errors it is not', async () => {
  fixStaleLeader();
  const { prototype } = internalModule<{
    prototype: { fetchTopicsOffset(topics: readonly unknown[]): Promise<unknown> };
  }>('cluster');
  for (const [type, refreshes] of [
    ['NOT_LEADER_FOR_PARTITION', 1],
    ['TOPIC_AUTHORIZATION_FAILED', 0],
  ] as const) {
    let refreshed = 0;
    const cluster = Object.assign(Object.create(prototype) as typeof prototype, {
      refreshMetadata: () => Promise.resolve((refreshed += 1)),
      findLeaderForPartitions: () => {
        throw Object.assign(new Error(type), { type });
      },
      defaultOffset: () => -1,
    });
    const topics = [{ topic: 't', partitions: [{ partition: 0 }], fromBeginning: false }];
    await assert.rejects(cluster.fetchTopicsOffset(topics), { type });
    assert.equal(refreshed, refreshes, type);
  }
});

test('a consumer whose fetch hears "not the leader" stays the member that it is', async () => {
  fixStaleLeader();
  const { prototype } = internalModule<{
    prototype: { recoverFromFetch(error: Error): Promise<void> };
  }>('consumer/consumerGroup');
  for (const [type, expected] of [
    ['NOT_LEADER_FOR_PARTITION', ['refresh']],
    // The topic may have been made again, with other partitions.
    ['UNKNOWN_TOPIC_OR_PARTITION', ['refresh', 'join']],
  ] as const) {
    const done: string[] = [];
    const group = Object.assign(Object.create(prototype) as typeof prototype, {
      cluster: { refreshMetadata: () => Promise.resolve(done.push('refresh')) },
      joinAndSync: () => Promise.resolve(done.push('join')),
      logger: { debug() {} },
    });
    await group.recoverFromFetch(Object.assign(new Error(type), { type }));
    assert.deepEqual(done, expected, type);
  }
});
