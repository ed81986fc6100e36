import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSubscription } from '../../test/support/subscription.ts';
import { disabledEvent } from './disabled-event.ts';

const ALL = ['hookline.*'];

test('it goes to who asks for it by name, and to nobody else', () => {
  const disabled = aSubscription({
    id: 'sub_x',
    ...{ state: 'disabled', disabledReason: 'gone', eventTypes: ALL, updatedAt: 86_400_000 },
    failing: { since: 1_000, lastAt: 2_000 },
  });
  const all = [
    disabled,
    aSubscription({ id: 'sub_everything' }),
    aSubscription({ id: 'sub_orders', eventTypes: ['order.*'] }),
    aSubscription({ id: 'sub_off', eventTypes: ALL, state: 'disabled' }),
    aSubscription({ id: 'sub_ops', eventTypes: ['order.paid', ...ALL] }),
    aSubscription({ id: 'sub_exact', eventTypes: ['hookline.subscription.disabled'] }),
    aSubscription({ id: 'sub_group', eventTypes: ['hookline.subscription.*'] }),
  ];
  const where = { topic: 'deliveries', partitionOf: (key: string) => key.length };
  const records = disabledEvent(disabled, all, where);
  assert.deepEqual(
    records.map(({ key }) => key),
    ['sub_ops', 'sub_exact', 'sub_group'],
  );
  const [{ value, ...first }] = records as [(typeof records)[0]];
  assert.deepEqual(first, {
    ...{ topic: 'deliveries', partition: 7, key: 'sub_ops' },
    headers: {
      'webhook-id': 'sub_x-disabled-86400000-sub_ops',
      'wh-subscription': 'sub_ops',
      'event-type': 'hookline.subscription.disabled',
    },
  });
  assert.deepEqual(JSON.parse(String(value)), {
    type: 'hookline.subscription.disabled',
    timestamp: '1970-01-02T00:00:00.000Z',
    data: {
      ...{ subscription: 'sub_x', target_url: 'http://a/sub_x', reason: 'gone' },
      failing_since: '1970-01-01T00:00:01.000Z',
    },
  });
});
