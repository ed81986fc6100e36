import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parkingDelayMs, shouldPark } from './parking.ts';

const slow = {
  waiting: 500,
  waitingMs: 60_000,
  expectedWaitMs: Infinity,
  slowEndpoints: 1,
  neighbourMs: 100,
};

const rows: readonly [title: string, change: Partial<typeof slow>, expected: boolean][] = [
  ['what a dead endpoint cannot take makes way for its neighbours', {}, true],
  ['a few may wait', { waiting: 499 }, false],
  ['alone, nothing makes way', { neighbourMs: Infinity }, false],
  ['a neighbour long ago is none', { neighbourMs: 60_000 }, false],
  ['soon over, nothing makes way', { expectedWaitMs: 9_999 }, false],
  ['an endpoint whose speed is not known yet is waited for', { waitingMs: 1_999 }, false],
  ['many slow ones share the room', { waiting: 40, slowEndpoints: 100 }, true],
  ['each of very many keeps a little', { waiting: 19, slowEndpoints: 10_000 }, false],
];
for (const [title, change, expected] of rows) {
  test(title, () => assert.equal(shouldPark({ ...slow, ...change }), expected));
}

test('the retry topic is the shortest that lasts until its turn, else the longest', () => {
  const delaysMs = [30_000, 5_000, 7_200_000];
  assert.equal(parkingDelayMs(12_000, delaysMs), 30_000);
  assert.equal(parkingDelayMs(30_000, delaysMs), 30_000);
  assert.equal(parkingDelayMs(Infinity, delaysMs), 7_200_000);
  assert.equal(parkingDelayMs(12_000, []), null);
});
