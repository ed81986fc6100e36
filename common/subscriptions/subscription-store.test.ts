import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSubscription } from '../../test/support/subscription.ts';
import type { CompactedTable } from '../kafka/ports.ts';
import { SubscriptionStore } from './subscription-store.ts';
import type { Subscription } from '../model/subscription.ts';

test('a process that has just begun lists all subscriptions, not those read so far', async () => {
  const values = new Map([['sub_b', aSubscription({ id: 'sub_b' })]]);
  const caughtUp = Promise.withResolvers<void>();
  const table: CompactedTable<Subscription> = {
    get: (key) => values.get(key),
    entries: () => values.entries(),
    size: values.size,
    caughtUp: () => caughtUp.promise,
    onChange: () => {},
    close: () => Promise.resolve(),
  };
  const publisher = { publish: () => Promise.resolve(), close: () => Promise.resolve() };
  const openWriter = () => assert.fail('nothing is written');
  const deps = { table, publisher, openWriter, topic: 'subscriptions', partitions: 1 };
  const listing = new SubscriptionStore(deps).list();
  values.set('sub_a', aSubscription({ id: 'sub_a' }));
  values.set('sub_c', aSubscription({ id: 'sub_c', state: 'deleted' }));
  caughtUp.resolve();
  assert.deepEqual(
    (await listing).map(({ id }) => id),
    ['sub_a', 'sub_b'],
  );
});
