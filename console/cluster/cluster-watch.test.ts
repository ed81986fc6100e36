import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createLogger } from '../../common/base/logger.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import { until } from '../../test/support/until.ts';
import { ClusterWatch } from './cluster-watch.ts';

test('a request after a quiet time gets what a new look has found, and not the last one', async (t) => {
  let brokers = ['old'];
  const view = {
    lags: () => Promise.resolve([]),
    members: () => Promise.resolve([]),
    brokers: () => Promise.resolve(brokers),
    bounds: () => Promise.resolve(new Map()),
  };
  const watch = new ClusterWatch({
    view: view as unknown as GroupView,
    cursors: { load: () => Promise.resolve([]) },
    lanes: [],
    deadLetters: 'dead',
    redriven: { get: () => undefined },
    topics: () => [],
    logger: createLogger('test', 'silent'),
  });
  t.after(() => watch.close());
  watch.start();
  await until(() => watch.seenAtMs !== null);
  t.mock.timers.enable({ apis: ['Date'], now: Date.now() + 60_000 });
  brokers = ['new'];
  await watch.refresh();
  assert.deepEqual(watch.brokers, ['new']);
});
