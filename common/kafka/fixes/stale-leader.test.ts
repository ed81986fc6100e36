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
