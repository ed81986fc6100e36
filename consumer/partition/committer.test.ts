// Goal: what is finished is committed before a process leaves.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '../../common/base/logger.ts';
import type { Commit, Group } from '../../common/kafka/ports.ts';
import { until } from '../../test/support/until.ts';
import { Committer } from './committer.ts';
import { backlogFrom } from './backlog-progress.ts';
import { PartitionState } from './partition-state.ts';

const logger = createLogger('test', 'silent');

/** A committer, and a membership whose commits end when the test says so. */
async function aCommitter(t: TestContext, isStable: boolean) {
  const asked: { commits: readonly Commit[]; end: (error?: Error) => void }[] = [];
  const commit = (commits: readonly Commit[]) =>
    new Promise<void>((resolve, reject) => {
      asked.push({ commits, end: (error) => (error ? reject(error) : resolve()) });
    });
  const group = { isStable, commit, epoch: 1 };
  const cursors = { commits: [] as { end: () => void }[], removed: [] as string[], isKept: false };
  const partitions: PartitionState[] = [];
  const committer = new Committer({
    owner: 'one',
    cursors: {
      commit: () => new Promise<void>((end) => cursors.commits.push({ end })),
      remove: (all) => {
        cursors.removed.push(...all.map(({ endpoint }) => endpoint));
        return cursors.isKept ? Promise.reject(new Error('not allowed')) : Promise.resolve();
      },
    },
    group: () => group as unknown as Group,
    partitions: () => partitions,
    onCommitted: () => {},
    logger,
  });
  t.after(() => {
    partitions.length = 0;
    void committer.close(Date.now());
  });
  // Its loop has looked, and rests.
  await sleep(0);
  return { committer, asked, partitions, group, cursors };
}

function withOneFinished(): PartitionState {
  const home = new PartitionState('t.deliveries', 0, 0, null);
  const tracked = home.tracker.receive(0);
  assert.ok(tracked);
  home.finish(tracked);
  return home;
}

test('the last commit waits for that of a rebalance, and makes good what that one failed to', async (t) => {
  const { committer, asked, partitions } = await aCommitter(t, true);
  partitions.push(withOneFinished());
  void committer.commitNow();
  const closed = committer.close(Date.now() + 10_000);
  await sleep(50);
  assert.equal(asked.length, 1);
  asked[0]?.end(new Error('the group rebalances'));
  await until(() => asked.length === 2, { timeoutMs: 5_000 });
  assert.equal(asked[1]?.commits[0]?.offset, 1);
  assert.equal(committer.failing?.why, 'the group rebalances');
  asked[1]?.end();
  assert.equal(await closed, true);
});

test('what has changed is committed without a call, and failures are known until a commit works', async (t) => {
  const { committer, asked, partitions } = await aCommitter(t, true);
  partitions.push(withOneFinished());
  const fail = async (n: number, why: string) => {
    await until(() => asked.length === n, { timeoutMs: 5_000 });
    asked[n - 1]?.end(new Error(why));
    await until(() => committer.failing?.why === why);
    return committer.failing?.sinceMs;
  };
  const since = await fail(1, 'first');
  assert.equal(await fail(2, 'second'), since);
  await until(() => asked.length === 3, { timeoutMs: 5_000 });
  assert.equal(asked[2]?.commits[0]?.offset, 1);
  asked[2]?.end();
  await until(() => committer.failing === null, { timeoutMs: 5_000 });
});

test('a close waits until the membership is certain again', async (t) => {
  const { committer, asked, partitions, group } = await aCommitter(t, false);
  partitions.push(withOneFinished());
  let looks = 0;
  Object.defineProperty(group, 'isStable', { get: () => (looks += 1) > 1 });
  const closed = committer.close(Date.now() + 10_000);
  await until(() => asked.length === 1, { timeoutMs: 5_000 });
  asked[0]?.end();
  assert.equal(await closed, true);
});

test('a close that comes late tries once, and says that it worked', async (t) => {
  const { committer, asked, partitions } = await aCommitter(t, true);
  partitions.push(withOneFinished());
  const closed = committer.close(Date.now() - 1);
  await until(() => asked.length === 1, { timeoutMs: 5_000 });
  asked[0]?.end();
  assert.equal(await closed, true);
});

test('a close that cannot commit says so', async (t) => {
  const { committer, partitions } = await aCommitter(t, false);
  partitions.push(withOneFinished());
  assert.equal(await committer.close(Date.now() + 300), false);
});

test('with nothing to commit a close needs no membership', async (t) => {
  const { committer } = await aCommitter(t, false);
  assert.equal(await committer.close(Date.now()), true);
});

/** A partition in which an endpoint is behind, whose cursor no commit has made durable yet. */
function withOneBehind(): PartitionState {
  const home = new PartitionState('t.deliveries', 0, 0, null);
  const cursor = { endpoint: 'sub_a', topic: home.topic, partition: 0, offset: 0, metadata: '' };
  home.backlogs.set('sub_a', backlogFrom(home, cursor));
  return home;
}

test('no commit of the head overtakes a cursor that an earlier one has under way', async (t) => {
  const { committer, asked, partitions, cursors } = await aCommitter(t, true);
  const home = withOneBehind();
  partitions.push(home);
  void committer.commitNow();
  await until(() => cursors.commits.length === 1);
  const passed = home.tracker.receive(0);
  assert.ok(passed);
  home.pass(passed);
  // As before a rebalance: the cursor of the first one may fail yet.
  void committer.commitNow();
  await until(() => cursors.commits.length === 2 || asked.length > 0);
  assert.equal(asked.length, 0, 'the head passes a record that no durable cursor stands before');
  for (const { end } of cursors.commits) end();
  await until(() => asked.length === 2);
});

test('what was taken before a rebalance is not committed after it', async (t) => {
  const { committer, asked, partitions, cursors, group } = await aCommitter(t, true);
  partitions.push(withOneBehind());
  const commit = committer.commitNow();
  await until(() => cursors.commits.length === 1);
  group.epoch += 1;
  partitions.pop();
  cursors.commits[0]?.end();
  assert.equal(await commit, 'failed');
  assert.equal(asked.length, 0, 'another member may have the partition by now');
});

test('a cursor is removed once a commit knows that it is over, and by its owner alone', async (t) => {
  const { committer, asked, partitions, cursors } = await aCommitter(t, true);
  const home = withOneBehind();
  home.backlogs.get('sub_a')?.attach();
  partitions.push(home);
  const commitAs = async (isOurs: boolean) => {
    home.changed();
    const commit = committer.commitNow();
    await until(() => cursors.commits.length + asked.length > 0);
    cursors.commits.shift()?.end();
    await until(() => asked.length === 1);
    home.isOurs = isOurs;
    asked.shift()?.end();
    await commit;
  };
  await commitAs(false);
  assert.deepEqual(cursors.removed, [], 'its next owner may have made it again');
  cursors.isKept = true;
  await commitAs(true);
  assert.deepEqual(cursors.removed, ['sub_a']);
  assert.ok(!home.isDirty, 'where it may not be removed, commits do not follow on each other');
  cursors.isKept = false;
  await commitAs(true);
  assert.equal(home.backlogs.size, 0);
});

test('a cursor that was made again meanwhile is not removed with the one that is over', async (t) => {
  const { committer, asked, partitions, cursors } = await aCommitter(t, true);
  const home = withOneBehind();
  home.backlogs.get('sub_a')?.attach();
  partitions.push(home);
  home.changed();
  const commit = committer.commitNow();
  await until(() => cursors.commits.length + asked.length > 0);
  cursors.commits.shift()?.end();
  await until(() => asked.length === 1);
  // The endpoint is detached again while the commit is on its way.
  const again = withOneBehind().backlogs.get('sub_a');
  assert.ok(again);
  home.backlogs.set('sub_a', again);
  asked.shift()?.end();
  await commit;
  assert.deepEqual(cursors.removed, []);
  assert.equal(home.backlogs.get('sub_a'), again);
});
