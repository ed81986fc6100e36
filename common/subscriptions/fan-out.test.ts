import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNCHANGED } from './default-endpoint.ts';
import { parseDelivery } from '../model/delivery.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { Recipients, addressedTo } from './fan-out.ts';
import type { Subscription } from '../model/subscription.ts';

const EVENT: LogRecord = {
  ...{ topic: 'd', partition: 1, offset: 10, key: 'user-1', value: Buffer.from('{}') },
  headers: { 'webhook-id': 'e', 'event-type': 'order.paid', 'wh-fan-out': '1', traceparent: 't' },
  timestampMs: 1,
};
const at = (offset: number, partition = 1): LogRecord => ({ ...EVENT, offset, partition });

function recipientsOf(
  subscriptions: Record<string, Partial<Subscription>>,
  begins = UNCHANGED.begins,
  topicId = 'id',
  life = '',
) {
  const byId = new Map(
    Object.entries(subscriptions).map(([id, more]) => {
      const blank = { id, eventTypes: [], state: 'enabled', begins: null } as const;
      return [id, { ...blank, ...more } as unknown as Subscription];
    }),
  );
  const listeners: ((id: string, value: Subscription | undefined) => void)[] = [];
  const table = {
    get: (id: string) => byId.get(id),
    entries: () => byId.entries(),
    onChange: (listener: (typeof listeners)[0]) => void listeners.push(listener),
    defaultEndpoint: () => ({ ...UNCHANGED, begins }),
  };
  const change = (id: string, more: Partial<Subscription>) => {
    const next = { ...byId.get(id), ...more } as Subscription;
    byId.set(id, next);
    for (const listener of listeners) listener(id, next);
  };
  return {
    recipients: new Recipients(
      table,
      () => topicId,
      undefined,
      () => life,
    ),
    change,
  };
}

test('an event is for each subscription that takes its type: a disabled one, too, and no deleted one', () => {
  const { recipients, change } = recipientsOf({
    all: {},
    orders: { eventTypes: ['order.*'] },
    users: { eventTypes: ['user.*'] },
    off: { state: 'disabled' },
    gone: { state: 'deleted' },
  });
  assert.deepEqual(recipients.of(EVENT), ['all', 'orders', 'off']);
  change('users', { eventTypes: ['order.paid'] });
  change('all', { state: 'deleted' });
  assert.deepEqual(recipients.of(EVENT), ['orders', 'users', 'off'], 'a change is seen');
  for (const name of ['orders', 'users', 'off']) assert.ok(recipients.isFor(name, EVENT), name);
  for (const name of ['all', 'gone', 'none', 'default']) {
    assert.ok(!recipients.isFor(name, EVENT), name);
  }
});

test('what lies before the place where an endpoint begins is not for it, in the log of that place', () => {
  const begins = { d: { topicId: 'id', offsets: [0, 10] } };
  const { recipients } = recipientsOf({ late: { begins } }, begins);
  assert.deepEqual(recipients.of(at(9)), []);
  assert.deepEqual(recipients.of(at(10)), ['late']);
  assert.deepEqual(recipients.of(at(0, 7)), ['late'], 'a partition that was added since');
  assert.deepEqual(recipients.of({ ...at(9), topic: 'retry' }), ['late']);
  const named = { ...at(9), headers: { 'wh-subscription': 'late' } };
  assert.deepEqual(recipients.of(named), []);
  assert.deepEqual(recipients.of({ ...at(9), headers: {} }), [], 'the endpoint of WEBHOOK_URL');
  assert.deepEqual(recipients.of({ ...at(10), headers: {} }), ['default']);
  const again = recipientsOf({ late: { begins } }, begins, 'made again').recipients;
  assert.deepEqual(again.of(at(9)), ['late'], 'offsets of another log say nothing of this one');
});

test('the place where an endpoint begins counts for the source of then, and for no later one of its topic', () => {
  const begins = { d: { topicId: 'id', life: 'a', offsets: [0, 10] } };
  const takers = (life: string) =>
    recipientsOf({ late: { begins } }, null, 'id', life).recipients.of(at(9));
  assert.deepEqual(['a', 'b', ''].map(takers), [[], ['late'], []]);
});

test('the delivery of an event is like a record for one subscription at the same place', () => {
  const delivery = parseDelivery(addressedTo('sub_1', EVENT));
  assert.ok(!('kind' in delivery));
  const { id, key, subscription, record } = delivery;
  assert.deepEqual([id, key, subscription], ['e-sub_1', 'user-1', 'sub_1']);
  assert.deepEqual(record.headers, {
    'webhook-id': 'e-sub_1',
    'event-type': 'order.paid',
    'wh-subscription': 'sub_1',
    traceparent: 't',
  });
  assert.deepEqual([record.topic, record.partition, record.offset], ['d', 1, 10]);
  assert.equal(addressedTo('sub_1', { ...EVENT, key: null }).key, 'sub_1', 'of no user');
  const foreign = { ...EVENT, headers: { 'wh-fan-out': '1' } };
  assert.equal(addressedTo('sub_1', foreign).headers['webhook-id'], 'd-1-10-sub_1');
});

test('a filter decides about events alone; the body is read once, and only for a filter on it', () => {
  const { recipients, change } = recipientsOf({
    eu: { filter: '{"body":{"region":["eu"]}}' },
    us: { filter: '{"body":{"region":["us"]}}' },
    users: { filter: '{"user":["user-1"]}' },
    typed: { eventTypes: ['user.*'], filter: '{"body":{"region":["us"]}}' },
    unknown: { filter: '{"body":{"region":[{"of-a-later-version":1}]}}' },
    all: {},
  });
  let reads = 0;
  const event = {
    ...EVENT,
    get value() {
      reads += 1;
      return Buffer.from('{"region":"eu"}');
    },
  };
  const leftOut: string[] = [];
  const onLeftOut = (id: string) => leftOut.push(id);
  assert.deepEqual(recipients.of(event, onLeftOut), ['eu', 'users', 'unknown', 'all']);
  assert.deepEqual([leftOut, reads], [['us'], 1]);
  assert.ok(recipients.isFor('eu', event, onLeftOut));
  assert.ok(!recipients.isFor('us', event, onLeftOut));
  assert.ok(!recipients.isFor('typed', event, onLeftOut), 'its type says so, not its filter');
  assert.deepEqual([leftOut, reads], [['us', 'us'], 1]);
  assert.ok(recipients.isFor('us', { ...event, headers: { 'wh-subscription': 'us' } }));

  for (const id of ['eu', 'us', 'unknown']) change(id, { filter: '{"user":["nobody"]}' });
  reads = 0;
  assert.deepEqual(recipients.of({ ...EVENT, offset: 11, value: Buffer.from('x') }), [
    'users',
    'all',
  ]);
  assert.deepEqual(recipients.of(event), ['users', 'all']);
  assert.equal(reads, 0);
});
