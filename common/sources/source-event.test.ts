import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isMalformed, parseDelivery } from '../model/delivery.ts';
import { partitionOf } from '../kafka/produce/partitioner.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { canBeSource, parseEventType, parseUserId } from '../model/source.ts';
import type { Source } from '../model/source.ts';
import { sourceEvent } from './source-event.ts';

const LIMITS = {
  ...{ bodyBytesMax: 100, partitions: 3 },
  partitionOf: (user: string) => partitionOf(user, 3),
};

const aSource = (more: Partial<Source> = {}): Source => ({
  topic: 'orders',
  userId: { kind: 'key' },
  eventType: { kind: 'header', name: 'event-type' },
  tombstones: 'skip',
  isForDefault: false,
  ...more,
});

function aRecord(value: string | Buffer | null, more: Partial<LogRecord> = {}): LogRecord {
  const at = { topic: 'orders', partition: 11, offset: 42, timestampMs: 7 };
  return {
    ...at,
    key: 'user-1',
    value: value === null ? null : Buffer.from(value),
    headers: {},
    ...more,
  };
}

const eventOf = (record: LogRecord, source = aSource()) =>
  sourceEvent(record, source, LIMITS) ?? assert.fail('it is skipped');

test('an event has an id by its place, the user and the type of its record, and its body', () => {
  const headers = { 'event-type': 'order.paid', 'x-own': 'kept', traceparent: 't' };
  const event = eventOf(aRecord('{"a":1}', { headers }));
  assert.deepEqual(event.headers, {
    'webhook-id': 'orders-11-42',
    'wh-fan-out': '1',
    'event-type': 'order.paid',
    'content-type': 'application/json',
    'x-own': 'kept',
    traceparent: 't',
  });
  assert.equal(event.key, 'user-1');
  assert.equal(String(event.value), '{"a":1}');
  assert.equal(event.copyTo, partitionOf('user-1', 3));
  assert.ok(!isMalformed(parseDelivery(event)));
});

test('without a type the topic is the type, without a key there is no user', () => {
  const event = eventOf(aRecord('x', { key: null }));
  assert.equal(event.headers['event-type'], 'orders');
  assert.equal(event.key, null);
  assert.equal(event.copyTo, 11 % 3);
});

test('headers that mean something to us count only in our own topics', () => {
  const foreign = {
    'webhook-id': 'theirs',
    'wh-subscription': 'sub_x',
    'wh-attempt': '99',
    'wh-due-at': '9',
    'webhook-replay': 'r',
    '__dlq.errors.topic': 't',
    '__dlq.errors.offset': '1',
  };
  const { headers } = eventOf(aRecord('x', { headers: foreign }));
  assert.deepEqual(Object.keys(headers).sort(), [
    'content-type',
    'event-type',
    'webhook-id',
    'wh-fan-out',
  ]);
  assert.equal(headers['webhook-id'], 'orders-11-42');
});

const TYPES: readonly [value: string | Buffer, type: string][] = [
  ['{"a":1}', 'application/json'],
  [' [1]\n', 'application/json'],
  ['[INFO] text', 'text/plain; charset=utf-8'],
  ['größe', 'text/plain; charset=utf-8'],
  [Buffer.from([0xff, 0xfe]), 'application/octet-stream'],
  [Buffer.from([0, 0, 0, 0, 7, 0x41]), 'application/octet-stream'],
  ['', 'application/octet-stream'],
];
for (const [value, type] of TYPES) {
  test(`the content of ${JSON.stringify(String(value))} is ${type}`, () => {
    assert.equal(eventOf(aRecord(value)).headers['content-type'], type);
  });
}

test('a content type that the record names counts', () => {
  const event = eventOf(
    aRecord('{}', { headers: { 'content-type': 'application/cloudevents+json' } }),
  );
  assert.equal(event.headers['content-type'], 'application/cloudevents+json');
});

const BIG =
  '{"op":"u","after":{"id":1152921506151679042,"a/b":[{"~":"x"}]},"none":null,"after2":{}}';
const POINTERS: readonly [pointer: string, found: string | null][] = [
  ['/op', 'u'],
  ['/after/id', '1152921506151679042'],
  ['/after/a~1b/0/~0', 'x'],
  ['/after', null],
  ['/none', null],
  ['/missing/id', null],
  ['/after/a~1b/1', null],
];
for (const [pointer, found] of POINTERS) {
  test(`the user at ${pointer} is ${found}`, () => {
    const userId = parseUserId(pointer) ?? assert.fail(pointer);
    assert.equal(eventOf(aRecord(BIG), aSource({ userId })).key, found);
  });
}

test('a change of a database has its operation as type and a column as user', () => {
  const userId = parseUserId('/after/customer') ?? assert.fail();
  const eventType = parseEventType('/op') ?? assert.fail();
  const of = (value: unknown) => {
    const { key, headers } = eventOf(
      aRecord(JSON.stringify(value)),
      aSource({ userId, eventType }),
    );
    return [key, headers['event-type']];
  };
  const after = { id: 7, customer: 'c-1' };
  assert.deepEqual(of({ op: 'u', before: {}, after }), ['c-1', 'u']);
  assert.deepEqual(of({ op: 'd', before: after, after: null }), [null, 'd']);
});

test('a pointer finds nothing in what is no JSON', () => {
  const userId = parseUserId('/id') ?? assert.fail();
  for (const value of ['{"id":', 'text', Buffer.from([0, 1])]) {
    assert.equal(eventOf(aRecord(value), aSource({ userId })).key, null);
  }
});

test('a user and a type may be in headers, and the type may be a fixed one', () => {
  const headers = { who: 'u', what: 'a.b' };
  const userId = parseUserId('header:who') ?? assert.fail();
  const eventType = parseEventType('header:what') ?? assert.fail();
  const event = eventOf(aRecord('x', { headers }), aSource({ userId, eventType }));
  assert.deepEqual([event.key, event.headers['event-type']], ['u', 'a.b']);
  const fixed = parseEventType('order.changed') ?? assert.fail();
  assert.equal(
    eventOf(aRecord('x'), aSource({ eventType: fixed })).headers['event-type'],
    'order.changed',
  );
});

test('a key of bytes is shown in hexadecimal digits', () => {
  assert.equal(eventOf(aRecord('x', { key: '\0\0\0\x05' })).key, '0x00000005');
});

test('a tombstone is passed over, or has an empty body', () => {
  assert.equal(sourceEvent(aRecord(null), aSource(), LIMITS), null);
  const { value } = eventOf(aRecord(null), aSource({ tombstones: 'deliver' }));
  assert.deepEqual(value, Buffer.alloc(0));
});

test('a value that is too large, and a reserved type, are refused with the reason', () => {
  const large = eventOf(aRecord('x'.repeat(101)));
  assert.equal(large.value, null);
  assert.match(
    JSON.stringify(parseDelivery(large)),
    /101 bytes, more than MAX_MESSAGE_BYTES \(100\)/,
  );
  const reserved = eventOf(aRecord('x', { headers: { 'event-type': 'hookline.x' } }));
  assert.match(JSON.stringify(parseDelivery(reserved)), /hookline\.\*/);
  const odd = eventOf(aRecord('x', { headers: { 'event-type': 'größe' } }));
  assert.match(JSON.stringify(parseDelivery(odd)), /event-type must be ASCII/);
});

test('a batch that cannot be read stays one, and its dead letter has a partition of ours', () => {
  const undecodable = { firstOffset: 1, lastOffset: 2, reason: 'damaged' };
  const event = eventOf(aRecord(null, { undecodable }));
  assert.deepEqual([event.undecodable, event.copyTo], [undecodable, 2]);
});

test('a topic of ours, of Kafka itself and an odd name cannot be a source', () => {
  for (const topic of [
    'webhooks.deliveries',
    '__consumer_offsets',
    'a b',
    '',
    '..',
    'x'.repeat(141),
  ]) {
    assert.equal(canBeSource(topic, 'webhooks'), false, topic);
  }
  assert.ok(canBeSource('orders.v1', 'webhooks'));
});

test('what names neither user nor type is refused', () => {
  for (const text of ['', 'value', 'header:', '/a~2', 'a/b'])
    assert.equal(parseUserId(text), null, text);
  for (const text of ['', 'hookline.x', 'header:', 'a b'])
    assert.equal(parseEventType(text), null, text);
});
