import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import { until } from '../../test/support/until.ts';
import { ClusterWatch } from './cluster-watch.ts';

function aWatch(t: TestContext, view: object): ClusterWatch {
  const watch = new ClusterWatch({
    view: view as GroupView,
    cursors: { load: () => Promise.resolve([]) },
    lanes: () => [],
    deadLetters: 'dead',
    redriven: { get: () => undefined },
    topics: () => [],
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
