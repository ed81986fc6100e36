import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import { until } from '../../test/support/until.ts';
import { ClusterWatch } from './cluster-watch.ts';

interface Given {
  readonly lookQuietly?: () => Promise<void>;
  readonly cursors?: CursorStore['load'];
}

function aWatch(t: TestContext, view: object, given: Given = {}): ClusterWatch {
  const watch = new ClusterWatch({
    view: view as GroupView,
    cursors: { load: given.cursors ?? (() => Promise.resolve([])) },
    lanes: () => [],
    deadLetters: 'dead',
    redriven: { get: () => undefined },
    topics: () => [],
    watch: { lookQuietly: given.lookQuietly ?? (() => Promise.resolve()) },
    logger: createLogger('test', 'silent'),
  });
  t.after(() => watch.close());
  watch.start();
  return watch;
}

test('who follows after a quiet time gets what a new look has found', async (t) => {
  let looks = 0;
  const watch = aWatch(t, {
    lags: () => Promise.resolve([]),
    members: () => Promise.resolve([]),
    brokers: () => Promise.resolve([String((looks += 1))]),
    bounds: () => Promise.resolve(new Map()),
  });
  await until(() => watch.seenAtMs !== null);
  const before = looks;
  await watch.follow();
  assert.equal(looks, before, 'the last look is not old');
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  await watch.follow();
  assert.equal(looks, before + 1);
});

test('a request after a quiet time gets what a new look has found, and not the last one', async (t) => {
  let brokers = ['old'];
  const view = {
    lags: () => Promise.resolve([]),
    members: () => Promise.resolve([]),
    brokers: () => Promise.resolve(brokers),
    bounds: () => Promise.resolve(new Map()),
  };
  const watch = aWatch(t, view);
  await until(() => watch.seenAtMs !== null);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  brokers = ['new'];
  await watch.refresh();
  assert.deepEqual(watch.brokers, ['new']);
});

test('a topic whose ages cannot be asked for holds up no look, and is asked for again', async (t) => {
  let isGone = true;
  const view = {
    lags: () =>
      Promise.resolve(
        ['gone', 'there'].map((topic) => {
          return { topic, partition: 0, end: 10, committed: 0, lag: 10, unfinished: 10 };
        }),
      ),
    members: () => Promise.resolve([]),
    brokers: () => Promise.resolve(['broker']),
    bounds: () => Promise.resolve(new Map()),
    offsetsAt: (topic: string, atMs: number) => {
      if (topic === 'gone' && isGone) return Promise.reject(new Error('no such topic'));
      // All ten were written more than a minute and less than two minutes ago.
      return Promise.resolve(new Map([[0, Date.now() - atMs > 100_000 ? 0 : 10]]));
    },
  };
  const watch = aWatch(t, view);
  const ages = () => watch.topics.map(({ topic, lagSeconds }) => `${topic} ${lagSeconds >= 60}`);
  await until(() => watch.seenAtMs !== null);
  assert.deepEqual(ages(), ['gone false', 'there true']);
  isGone = false;
  await until(() => String(ages()) === 'gone true,there true', { describe: ages });
});

test('a topic that is not there is named, and the topics are looked at again', async (t) => {
  let looks = 0;
  const gone = Object.assign(new Error('orders: gone'), { type: 'UNKNOWN_TOPIC_OR_PARTITION' });
  const look = () => Promise.resolve(void (looks += 1));
  const watch = aWatch(t, { lags: () => Promise.reject(gone) }, { lookQuietly: look });
  await until(() => looks > 0);
  assert.equal(watch.missingTopic, 'orders: gone');
});

test('what the group has just passed is counted by its cursor at once, and its catching up is seen', async (t) => {
  let [committed, looks] = [0, 0];
  let cursors: Awaited<ReturnType<CursorStore['load']>> = [];
  const view = {
    lags: () => {
      looks += 1;
      const left = 2 - committed;
      const place = { topic: 'a', partition: 0, end: 2, committed };
      return Promise.resolve([{ ...place, lag: left, unfinished: left }]);
    },
    members: () => Promise.resolve([]),
    brokers: () => Promise.resolve([]),
    bounds: () => Promise.resolve(new Map()),
    offsetsAt: () => Promise.resolve(new Map()),
  };
  const seen: number[] = [];
  const watch = aWatch(t, view, { cursors: () => Promise.resolve(cursors) });
  await until(() => watch.unfinished === 2);
  const now = Date.now() + 60_000;
  t.mock.timers.enable({ apis: ['Date'], now });
  await until(() => (watch.seenAtMs ?? 0) >= now);
  cursors = [{ endpoint: 'sub_a', topic: 'a', partition: 0, offset: 0, metadata: '' }];
  committed = 2;
  await until(() => seen.push(watch.unfinished) > 0 && watch.behind.has('sub_a'));
  assert.ok(!seen.includes(0), `unfinished: ${seen.join(', ')}`);

  // Resumed, the endpoint catches up while somebody follows the state: the group moves nowhere.
  t.mock.timers.setTime(now + 60_000);
  await until(() => (watch.seenAtMs ?? 0) >= now + 60_000);
  await watch.follow();
  cursors = [];
  const before = looks;
  await until(() => watch.behind.size === 0);
  assert.ok(looks - before <= 2, `${looks - before} looks`);
});
