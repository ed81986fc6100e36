import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { statusOf, toDeadLetter, toRetry, withoutMessage } from './failure-record.ts';
import type { HandOff } from './failure-record.ts';

const value = Buffer.from('{"userId":"u"}');
const record: LogRecord = {
  ...{ topic: 't.deliveries', partition: 3, offset: 70, timestampMs: 1, key: 'u', value },
  headers: { 'webhook-id': 'id-1', 'event-type': 'a.b' },
};
const handOff: HandOff = {
  ...{ group: 't.delivery', attemptsMade: 1, nowMs: 5_000, status: 500, message: 'HTTP 500' },
};

test('a retry keeps the record, and names its origin, its failure and its next attempt', () => {
  assert.deepEqual(toRetry(record, handOff, { attempt: 2, dueAtMs: 9_000, place: null }), {
    ...{ partition: 3, key: 'u', value },
    headers: {
      'webhook-id': 'id-1',
      'event-type': 'a.b',
      '__dlq.errors.topic': 't.deliveries',
      '__dlq.errors.partition': '3',
      '__dlq.errors.offset': '70',
      '__dlq.errors.group': 't.delivery',
      '__dlq.errors.delivery.count': '1',
      '__dlq.errors.message': 'HTTP 500',
      'wh-first-failed-at': '5000',
      'wh-last-status': '500',
      'wh-attempt': '2',
      'wh-due-at': '9000',
    },
  });
});

test('later failures lead back to the record as it was first written, and to the first failure', () => {
  const place = { lane: 'Zx3-_abcdefg', offset: 70 };
  const { headers } = toRetry(record, handOff, { attempt: 2, dueAtMs: 9_000, place });
  assert.equal(headers['wh-position'], 'Zx3-_abcdefg:70');
  const retried = { ...record, topic: 't.deliveries-retry-4000', partition: 4, offset: 8, headers };
  const later = { ...handOff, attemptsMade: 2, nowMs: 9_500, status: null, message: 'timeout' };
  const dead = toDeadLetter(retried, later);
  assert.equal(dead.partition, 4);
  const { 'wh-due-at': _due, 'wh-position': _position, ...kept } = headers;
  assert.deepEqual(dead.headers, {
    ...kept,
    '__dlq.errors.delivery.count': '2',
    '__dlq.errors.message': 'timeout',
    'wh-last-status': '',
    'wh-attempt': '2',
  });
});

test('a long message is cut at 500 characters, and can be left out', () => {
  const long = toDeadLetter(record, { ...handOff, message: 'x'.repeat(501) });
  assert.equal(long.headers['__dlq.errors.message'], 'x'.repeat(500));
  const { '__dlq.errors.message': _message, ...rest } = long.headers;
  assert.deepEqual(withoutMessage(long), { ...long, headers: rest });
});

test('an outcome has a status when there was an answer', () => {
  assert.equal(statusOf({ kind: 'accepted', status: 204 }), 204);
  assert.equal(statusOf({ kind: 'refused', status: 503, retryAfterMs: null }), 503);
  assert.equal(statusOf({ kind: 'unreachable', error: 'dns' }), null);
});
