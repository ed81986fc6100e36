import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subscription } from '../../../common/subscription.ts';
import { disabledEvent } from './disabled-event.ts';

function aSubscription(id: string, more: Partial<Subscription> = {}): Subscription {
  return {
    ...{ id, targetUrl: `http://a/${id}`, eventTypes: [], rateLimit: null, ordering: null },
    ...{ headers: {}, description: '', state: 'enabled', disabledReason: null, failing: null },
    ...{ signatures: ['v1'], secrets: [], createdAt: 1, updatedAt: 1, ...more },
  };
}

const ALL = ['hookline.*'];

test('it goes to who asks for it by name, and to nobody else', () => {
  const disabled = aSubscription('sub_x', {
    ...{ state: 'disabled', disabledReason: 'gone', eventTypes: ALL, updatedAt: 86_400_000 },
    failing: { since: 1_000, lastAt: 2_000 },
  });
  const all = [
    disabled,
    aSubscription('sub_everything'),
    aSubscription('sub_orders', { eventTypes: ['order.*'] }),
    aSubscription('sub_off', { eventTypes: ALL, state: 'disabled' }),
    aSubscription('sub_ops', { eventTypes: ['order.paid', ...ALL] }),
    aSubscription('sub_exact', { eventTypes: ['hookline.subscription.disabled'] }),
    aSubscription('sub_group', { eventTypes: ['hookline.subscription.*'] }),
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
