// Goal: what is finished is committed before a process leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../common/logger.ts';
import type { Commit, Group } from '../../common/kafka/types.ts';
import { Committer } from './committer.ts';
import { PartitionWork } from './partition-work.ts';

const logger = createLogger('test', 'silent');

/** A membership whose commits end when the test says so. */
function aMembership() {
  const asked: { commits: readonly Commit[]; end: (error?: Error) => void }[] = [];
  const commit = (commits: readonly Commit[]) =>
    new Promise<void>((resolve, reject) => {
      asked.push({ commits, end: (error) => (error ? reject(error) : resolve()) });
    });
  const group = { isStable: true, commit } as unknown as Group;
  return { group, asked };
}

test('the last commit waits for the one of a rebalance, and makes good what that one failed to', async () => {
  const { group, asked } = aMembership();
  const home = new PartitionWork('t.deliveries', 0, 0, null);
  const partitions: PartitionWork[] = [];
  const committer = new Committer({
    owner: 'one',
    group: () => group,
    partitions: () => partitions,
    onCommitted: () => {},
    logger,
  });
  await sleep(0);
  partitions.push(home);
  const tracked = home.tracker.receive(0);
  assert.ok(tracked);
  home.finish(tracked);
  void committer.commitNow();
  const closed = committer.close(1_000);
  await sleep(50);
  assert.equal(asked.length, 1, 'one request at a time');
  asked[0]?.end(new Error('the group rebalances'));
  await sleep(300);
  assert.deepEqual(
    asked.map(({ commits }) => commits[0]?.offset),
    [1, 1],
  );
  asked[1]?.end();
  assert.equal(await closed, true);
});

test('a close that could not commit says so', async () => {
  const { group } = aMembership();
  const committer = new Committer({
    owner: 'one',
    group: () => ({ ...group, isStable: false }),
    partitions: () => [],
    onCommitted: () => {},
    logger,
  });
  assert.equal(await committer.close(300), false);
});
