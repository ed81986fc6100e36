import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subscription } from '../../common/model/subscription.ts';
import { aSubscription } from '../../test/support/subscription.ts';
import { endpointEvents } from './endpoint-events.ts';

const ALL = ['hookline.*'];
const WHERE = { topic: 'deliveries', partitionOf: (key: string) => key.length };

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
  const before: Subscription = { ...disabled, state: 'enabled', disabledReason: null };
  const records = endpointEvents({ before, now: disabled }, all, WHERE);
  assert.deepEqual(
    records.map(({ key }) => key),
    ['sub_ops', 'sub_exact', 'sub_group'],
    'each once, though one takes both types',
  );
  const [{ value, ...first }] = records as [(typeof records)[0]];
  assert.deepEqual(first, {
    ...{ topic: 'deliveries', partition: 7, key: 'sub_ops' },
    headers: {
      'webhook-id': 'sub_x-disabled-86400000-sub_ops',
      'wh-subscription': 'sub_ops',
      'event-type': 'hookline.endpoint.disabled',
    },
  });
  assert.deepEqual(JSON.parse(String(value)), {
    type: 'hookline.endpoint.disabled',
    timestamp: '1970-01-02T00:00:00.000Z',
    data: {
      ...{ subscription: 'sub_x', target_url: 'http://a/sub_x', reason: 'gone' },
      failing_since: '1970-01-01T00:00:01.000Z',
    },
  });
  assert.equal(records[1]?.headers['event-type'], 'hookline.subscription.disabled');
});

test('failing and recovered are reported when they begin, to all others that take them', () => {
  const well = aSubscription({ id: 'sub_x', eventTypes: ALL });
  const failing = { ...well, failing: { since: 1_000, lastAt: 61_000 } };
  const later = { ...well, failing: { since: 1_000, lastAt: 900_000 } };
  const all = [well, aSubscription({ id: 'sub_ops', eventTypes: ['hookline.endpoint.*'] })];
  const reported = (before: Subscription, now: Subscription) =>
    endpointEvents({ before, now }, all, WHERE).map(({ headers, value }) => [
      headers['webhook-id'],
      ...Object.values(JSON.parse(String(value)) as object),
    ]);
  const data = {
    ...{ subscription: 'sub_x', target_url: 'http://a/sub_x' },
    failing_since: '1970-01-01T00:00:01.000Z',
  };
  assert.deepEqual(reported(well, failing), [
    ['sub_x-failing-1000-sub_ops', 'hookline.endpoint.failing', '1970-01-01T00:01:01.000Z', data],
  ]);
  assert.deepEqual(reported(failing, later), [], 'it fails still');
  assert.deepEqual(reported(later, well), [
    [
      'sub_x-recovered-1000-sub_ops',
      'hookline.endpoint.recovered',
      '1970-01-01T00:15:00.000Z',
      data,
    ],
  ]);
  assert.deepEqual(reported(well, well), []);
  assert.deepEqual(reported(well, { ...well, forbidden: 'x' }), []);
});
