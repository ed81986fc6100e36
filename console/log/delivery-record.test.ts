import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { classify } from '../dead-letters/redrive-filter.ts';
import { bodyContentType, deadLetterOf, placesOf, resentRecord } from './delivery-record.ts';

const RECORD: LogRecord = {
  ...{ topic: 'retry', partition: 3, offset: 7, key: 'user-1', value: Buffer.from('{}') },
  headers: { 'webhook-id': 'a', 'event-type': 'x', 'wh-attempt': '4', 'wh-due-at': '99' },
  timestampMs: 0,
};
const TO = { topic: 'live', subscription: null };

test('a delivery goes out again under its id, without a trace of its failures', () => {
  assert.deepEqual(resentRecord(RECORD, TO), {
    ...{ topic: 'live', partition: 3, key: 'user-1', value: RECORD.value },
    headers: { 'webhook-id': 'a', 'event-type': 'x', 'wh-redrives': '1' },
  });
});

test('an event goes to the one subscription again, and a record without an id keeps its place as one', () => {
  const event = { ...RECORD, key: null, headers: { 'webhook-id': 'e', 'wh-fan-out': '1' } };
  const resent = resentRecord(event, { topic: 'live', subscription: 'sub_a' });
  assert.ok(typeof resent !== 'string');
  assert.deepEqual([resent.key, resent.headers['webhook-id']], ['sub_a', 'e-sub_a']);
  assert.equal(resent.headers['wh-fan-out'], undefined);
  const foreign = { ...RECORD, headers: { 'wh-redrives': '2' } };
  const again = resentRecord(foreign, TO);
  assert.ok(typeof again !== 'string');
  assert.deepEqual(again.headers, { 'webhook-id': 'retry-3-7', 'wh-redrives': '3' });
});

test('a record that can be no delivery is refused with the reason', () => {
  assert.match(String(resentRecord({ ...RECORD, value: null }, TO)), /no value/);
});

test('a place is looked at once', () => {
  assert.deepEqual(placesOf([RECORD, RECORD, { ...RECORD, offset: 8 }]), [
    { topic: 'retry', partition: 3, offset: 7 },
    { topic: 'retry', partition: 3, offset: 8 },
  ]);
});

test('a body has the content type of its record, or that of bytes where no answer can carry it', () => {
  const typeOf = (type: string) => bodyContentType({ 'content-type': type });
  assert.equal(bodyContentType({}), 'application/json');
  assert.equal(typeOf('text/plain'), 'text/plain');
  for (const unfit of ['text/\nplain', 'text/日本', 'a\0b']) {
    assert.equal(typeOf(unfit), 'application/octet-stream');
  }
});

test('the dead letter of a delivery without a key is found', () => {
  const filter = deadLetterOf({ id: 'a', subscription: null, user: '' });
  assert.equal(classify({ ...RECORD, key: null }, filter).kind, 'redrive');
  assert.equal(classify({ ...RECORD, headers: { 'webhook-id': 'b' } }, filter).kind, 'no-match');
});
