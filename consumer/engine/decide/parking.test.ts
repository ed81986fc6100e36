import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parkingDelayMs, roomFor } from './parking.ts';

const slow = {
  waitingMs: 60_000,
  expectedWaitMs: Infinity,
  hasNeighbours: true,
  slowEndpoints: 1,
};

const rows: readonly [title: string, change: Partial<typeof slow>, expected: number][] = [
  ['a dead endpoint keeps a few, the rest makes way for its neighbours', {}, 500],
  ['alone, nothing makes way', { hasNeighbours: false }, Infinity],
  ['soon over, nothing makes way', { expectedWaitMs: 9_999 }, Infinity],
  ['an endpoint whose speed is not known yet is waited for', { waitingMs: 1_999 }, Infinity],
  ['many slow ones share the room', { slowEndpoints: 100 }, 40],
  ['each of very many keeps a little', { slowEndpoints: 10_000 }, 20],
];
for (const [title, change, expected] of rows) {
  test(title, () => assert.equal(roomFor({ ...slow, ...change }), expected));
}

test('the retry topic is the shortest that lasts until its turn, else the longest', () => {
  const delaysMs = [30_000, 5_000, 7_200_000];
  assert.equal(parkingDelayMs(12_000, delaysMs), 30_000);
  assert.equal(parkingDelayMs(30_000, delaysMs), 30_000);
  assert.equal(parkingDelayMs(Infinity, delaysMs), 7_200_000);
  assert.equal(parkingDelayMs(12_000, []), null);
});
