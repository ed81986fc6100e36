import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fixFailedJoin } from './failed-join.ts';
import { internalModule } from '../internals.ts';

// That a real consumer goes on after its broker hung is shown in test/container/broker-faults.

test('after a failed join kafkajs joins again before it fetches, and then fetches', async () => {
  fixFailedJoin();
  const { prototype } = internalModule<{
    prototype: { joinAndSync(): Promise<void>; fetch(nodeId: string): Promise<unknown> };
  }>('consumer/consumerGroup');
  const { isRebalancing } = internalModule<{ isRebalancing(e: unknown): boolean }>('errors');
  let join = () => Promise.reject(new Error('the coordinator is loading'));
  const reachesTheCluster = new Error('fetching');
  const group = Object.assign(Object.create(prototype) as typeof prototype, {
    retrier: () => join(),
    recoverFromFetch: (error: unknown) => Promise.reject(error as Error),
    cluster: { refreshMetadataIfNecessary: () => Promise.reject(reachesTheCluster) },
  });

  await assert.rejects(group.fetch('1'), reachesTheCluster);
  await assert.rejects(group.joinAndSync(), /loading/);
  await assert.rejects(group.fetch('1'), isRebalancing);
  join = () => Promise.resolve(undefined as never);
  await group.joinAndSync();
  await assert.rejects(group.fetch('1'), reachesTheCluster);
});

test('however many fetchers want to join, one join is made', async () => {
  fixFailedJoin();
  const { prototype } = internalModule<{ prototype: { joinAndSync(): Promise<void> } }>(
    'consumer/consumerGroup',
  );
  const joins: PromiseWithResolvers<void>[] = [];
  const retrier = () => {
    joins.push(Promise.withResolvers());
    return joins.at(-1)?.promise;
  };
  const group = Object.assign(Object.create(prototype) as typeof prototype, { retrier });
  const all = [group.joinAndSync(), group.joinAndSync(), group.joinAndSync()];
  assert.equal(joins.length, 1);
  joins[0]?.resolve();
  await Promise.all(all);
  const next = group.joinAndSync();
  joins[1]?.resolve();
  await next;
  assert.equal(joins.length, 2);
});
