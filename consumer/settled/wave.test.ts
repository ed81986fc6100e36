import assert from 'node:assert/strict';
import { test } from 'node:test';
import { advance } from './wave.ts';
import type { Wave } from './wave.ts';

const of = (first: number, second: number) =>
  new Map([
    ['5s', first],
    ['30s', second],
  ]);
const begun: Wave = { to: new Map([['lane', 9]]), passesDone: 0, ends: null };
const step = (wave: Wave | null, passes: number, done: Map<string, number>, ends = done) => {
  assert.ok(wave, 'not done yet');
  return advance(wave, passes, { done, ends });
};

test('a look is done at once where nothing waits for a retry, or nothing is retried', () => {
  assert.equal(step(begun, 4, of(2, 3)), null);
  assert.equal(step(begun, 0, of(0, 0), of(9, 9)), null);
});

test('a pass waits for what was in each retry topic when the one before had ended', () => {
  const first = step(begun, 2, of(2, 3), of(5, 3));
  assert.deepEqual(step(first, 2, of(4, 3), of(5, 7)), first);
  // The records that came meanwhile may be what has gone on from the first one.
  const second = step(first, 2, of(5, 3), of(6, 7));
  assert.equal(second?.passesDone, 1);
  assert.ok(step(second, 2, of(6, 6), of(8, 9)));
  assert.equal(step(second, 2, of(6, 7), of(8, 9)), null);
});

test('a delivery that is retried by a longer schedule meanwhile is waited for', () => {
  const first = step(begun, 1, of(0, 0), of(1, 0));
  const second = step(first, 2, of(1, 0), of(1, 1));
  assert.ok(second);
  assert.equal(step(second, 2, of(1, 1)), null);
});
