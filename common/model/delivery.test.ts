import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deliveryIdOf, isMalformed, parseDelivery } from './delivery.ts';
import type { LogRecord } from '../kafka/log-record.ts';

const RECORD: LogRecord = {
  ...{ topic: 'deliveries', partition: 1, offset: 2, key: 'user-1', timestampMs: 3 },
  value: Buffer.from('{}'),
  headers: { 'webhook-id': 'msg_1' },
};
const LONG_EVENT = { 'webhook-id': 'x'.repeat(170), 'wh-fan-out': '1' };
const parse = (headers: Record<string, string>, more: Partial<LogRecord> = {}) =>
  parseDelivery({ ...RECORD, headers: { ...RECORD.headers, ...headers }, ...more });

test('a record with an id and a body is a delivery, its first attempt, due at once', () => {
  assert.deepEqual(parseDelivery(RECORD), {
    ...{ id: 'msg_1', key: 'user-1', subscription: null, body: RECORD.value, attempt: 1 },
    ...{ dueAtMs: 0, record: RECORD },
  });
});

const refused: readonly [title: string, headers: Record<string, string>, reason: RegExp][] = [
  ['an id with a line break', { 'webhook-id': 'a\r\nx: y' }, /webhook-id must be/],
  ['an id that is too long', { 'webhook-id': 'x'.repeat(201) }, /webhook-id must be/],
  ['an id of an event that leaves no room for a subscription’s', LONG_EVENT, /must be 1 to 169 /],
  ['an event type with a line break', { 'event-type': 'a\r\nx: y' }, /event-type must be ASCII/],
  ['a content type with a line break', { 'content-type': 'a\nb' }, /content-type must be ASCII/],
  ['a trace with a null byte', { traceparent: 'a\0' }, /traceparent must be ASCII/],
  ['a replay that is no ASCII', { 'webhook-replay': 'é' }, /webhook-replay must be ASCII/],
  ['an attempt that is no number', { 'wh-attempt': 'two' }, /wh-attempt is no number/],
  ['attempt 0', { 'wh-attempt': '0' }, /wh-attempt is no number/],
  ['a due time that is no number', { 'wh-due-at': '-1' }, /wh-due-at is no number/],
];
for (const [title, headers, reason] of refused) {
  test(`${title} makes no delivery, and the reason names the header`, () => {
    const parsed = parse(headers);
    assert.ok(isMalformed(parsed));
    assert.match(parsed.reason, reason);
  });
}

test('a record without a value makes no delivery', () => {
  assert.ok(isMalformed(parse({}, { value: null })));
});

test('a record without an id goes under its place in the log, as it was first written', () => {
  const { headers: _none, ...place } = RECORD;
  assert.equal(deliveryIdOf({ ...place, headers: {} }), 'deliveries-1-2');
  const origin = {
    '__dlq.errors.topic': 'deliveries',
    '__dlq.errors.partition': '7',
    '__dlq.errors.offset': '8',
  };
  assert.equal(deliveryIdOf({ ...place, headers: origin }), 'deliveries-7-8');
  const parsed = parseDelivery({ ...RECORD, headers: {} });
  assert.ok(!isMalformed(parsed));
  assert.equal(parsed.id, 'deliveries-1-2');
});

test('a batch that cannot be read makes no delivery, and the reason names its offsets', () => {
  const undecodable = { firstOffset: 5, lastOffset: 9, reason: 'zstd: damaged' };
  assert.deepEqual(parseDelivery({ ...RECORD, undecodable }), {
    kind: 'malformed',
    reason: 'the batch of offsets 5 to 9 cannot be read (zstd: damaged)',
  });
});
