// Goal: what is finished is committed before a process leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../common/logger.ts';
import type { Commit, Group } from '../../common/kafka/types.ts';
import { until } from '../../test/support/until.ts';
import { Committer } from './committer.ts';
import { PartitionWork } from './partition-work.ts';

const logger = createLogger('test', 'silent');

/** A committer, and a membership whose commits end when the test says so. */
async function aCommitter(isStable: boolean) {
  const asked: { commits: readonly Commit[]; end: (error?: Error) => void }[] = [];
  const commit = (commits: readonly Commit[]) =>
    new Promise<void>((resolve, reject) => {
      asked.push({ commits, end: (error) => (error ? reject(error) : resolve()) });
    });
  const group = { isStable, commit } as unknown as Group;
  const partitions: PartitionWork[] = [];
  const committer = new Committer({
    owner: 'one',
    cursors: { commit: () => Promise.resolve(), remove: () => Promise.resolve() },
    group: () => group,
    partitions: () => partitions,
    onCommitted: () => {},
    logger,
  });
  // Its loop has looked, and rests.
  await sleep(0);
  return { committer, asked, partitions };
}

function withOneFinished(): PartitionWork {
  const home = new PartitionWork('t.deliveries', 0, 0, null);
  const tracked = home.tracker.receive(0);
  assert.ok(tracked);
  home.finish(tracked);
  return home;
}

test('the last commit waits for that of a rebalance, and makes good what that one failed to', async () => {
  const { committer, asked, partitions } = await aCommitter(true);
  partitions.push(withOneFinished());
  void committer.commitNow();
  const closed = committer.close(Date.now() + 10_000);
  await sleep(50);
  assert.equal(asked.length, 1);
  asked[0]?.end(new Error('the group rebalances'));
  await until(() => asked.length === 2, { timeoutMs: 5_000 });
  assert.equal(asked[1]?.commits[0]?.offset, 1);
  asked[1]?.end();
  assert.equal(await closed, true);
});

test('a close that cannot commit says so', async () => {
  const { committer, partitions } = await aCommitter(false);
  partitions.push(withOneFinished());
  assert.equal(await committer.close(Date.now() + 300), false);
});

test('with nothing to commit a close needs no membership', async () => {
  const { committer } = await aCommitter(false);
  assert.equal(await committer.close(Date.now()), true);
});
