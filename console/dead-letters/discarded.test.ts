import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseAttempts } from '../../common/model/attempt.ts';
import { DLQ_HEADER } from '../../common/model/delivery.ts';
import { DiscardedNotes } from './discarded.ts';

/** Default of a topic's `max.message.bytes`. */
const BROKER_BYTES_MAX = 1_048_588;

test('the notes of many long errors become records that the broker takes, each note once and in order', () => {
  const notes = new DiscardedNotes({ topic: 'attempts', partitions: 1 }, 'endpoint is gone');
  for (let offset = 0; offset < 2_000; offset += 1) {
    const headers = { 'webhook-id': `d-${offset}`, [DLQ_HEADER.message]: 'é'.repeat(500) };
    const place = { topic: 'dead', partition: 0, offset, key: null, timestampMs: 0 };
    notes.add({ ...place, headers, value: Buffer.from('{}') }, 1);
  }
  const values = notes.take().map(({ value }) => String(value));
  for (const value of values) assert.ok(Buffer.byteLength(value) < BROKER_BYTES_MAX);
  assert.deepEqual(
    values.flatMap((value) => parseAttempts(value).map(({ offset }) => offset)),
    Array.from({ length: 2_000 }, (_, offset) => offset),
  );
  assert.deepEqual(notes.take(), []);
});
