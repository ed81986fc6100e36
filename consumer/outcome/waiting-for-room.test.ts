import assert from 'node:assert/strict';
import { test } from 'node:test';
import { WaitingForRoom } from './waiting-for-room.ts';

test('records that are too large for their topic are in the alarm until the last has room', () => {
  const waiting = new WaitingForRoom();
  const details = () => waiting.alarms().map(({ kind, detail }) => `${kind}: ${detail}`);
  assert.deepEqual(details(), []);
  for (const topic of ['dead', 'retry', 'dead']) waiting.began(topic);
  const advice = 'records are larger than their topic takes (raise its max.message.bytes)';
  assert.deepEqual(details(), [`record-too-large: ${advice}: 2 for dead, 1 for retry`]);
  waiting.ended('retry');
  waiting.ended('dead');
  assert.deepEqual(details(), [`record-too-large: ${advice}: 1 for dead`]);
  waiting.ended('dead');
  assert.deepEqual(details(), []);
  waiting.ended('dead');
  assert.deepEqual(details(), [], 'an end without a beginning leaves no count below zero');
  waiting.began('dead');
  assert.deepEqual(details(), [`record-too-large: ${advice}: 1 for dead`]);
});
