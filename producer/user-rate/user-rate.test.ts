import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { takeToken } from './token-bucket.ts';
import { windowOf } from './window.ts';

const windows: readonly [perSecond: number, points: number, seconds: number][] = [
  [1, 1, 1],
  [5, 5, 1],
  [100_000, 100_000, 1],
  [0.5, 1, 2],
  [2.5, 5, 2],
  [0.1, 1, 10],
  [0.001, 1, 1_000],
  [Math.PI, 188, 60],
];
for (const [perSecond, points, seconds] of windows) {
  test(`${perSecond} a second are ${points} in ${seconds} s`, () => {
    assert.deepEqual(windowOf(perSecond), { points, seconds });
  });
}

const window = fc.record({
  points: fc.integer({ min: 1, max: 50 }),
  seconds: fc.integer({ min: 1, max: 60 }),
});
const START_MS = 1_700_000_000_000;

test('whenever asked, no stretch of time grants more than the bucket and its refill', () => {
  const pauses = fc.array(fc.double({ min: 0, max: 5_000, noNaN: true }), { maxLength: 300 });
  fc.assert(
    fc.property(window, pauses, (of, waits) => {
      let nowMs = START_MS;
      let fullAtMs = 0;
      const granted: number[] = [];
      for (const wait of waits) {
        nowMs += wait;
        const taken = takeToken(fullAtMs, of, nowMs);
        ({ fullAtMs } = taken);
        if (taken.waitMs === 0) granted.push(nowMs);
      }
      granted.forEach((from, first) => {
        granted.slice(first).forEach((to, more) => {
          // A millisecond more, as clocks count in them.
          const refill = ((to - from + 1) * of.points) / (of.seconds * 1_000);
          assert.ok(more + 1 <= of.points + refill + 1e-3, `${more + 1} in ${to - from} ms`);
        });
      });
    }),
  );
});

test('a full bucket grants all its tokens at once, and one more exactly when it says', () => {
  fc.assert(
    fc.property(window, (of) => {
      let fullAtMs = 0;
      for (let n = 0; n < of.points; n += 1) {
        const taken = takeToken(fullAtMs, of, START_MS);
        assert.equal(taken.waitMs, 0);
        ({ fullAtMs } = taken);
      }
      const { waitMs } = takeToken(fullAtMs, of, START_MS);
      assert.ok(Math.abs(waitMs - (of.seconds * 1_000) / of.points) < 0.1, String(waitMs));
      assert.notEqual(takeToken(fullAtMs, of, START_MS + waitMs - 1.1).waitMs, 0);
      assert.equal(takeToken(fullAtMs, of, START_MS + waitMs).waitMs, 0);
    }),
  );
});
