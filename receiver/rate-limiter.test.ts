import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../test/support/property.ts';
import { createRateLimiter, HOLD_MS } from './rate-limiter.ts';

/** Sends at the given times; returns the times of the accepted and the seconds of the refused. */
function send(rps: number, timesMs: readonly number[]) {
  const limiter = createRateLimiter(rps);
  const accepted: number[] = [];
  const refused: number[] = [];
  for (const nowMs of timesMs) {
    const taken = limiter.take('k', nowMs);
    if (taken.kind === 'accepted') accepted.push(taken.atMs);
    else refused.push(taken.retryAfterS);
  }
  return { accepted, refused };
}

const evenly = (rps: number, count: number) =>
  Array.from({ length: count }, (_, index) => 10_000 + (index * 1_000) / rps);

/** The fullest window that begins at an accepted request and does not hold its own end. */
function fullest(accepted: readonly number[], windowMs: number): number {
  // A billionth of a window for the rounding of fractions.
  const end = windowMs * (1 - 1e-9);
  return Math.max(
    ...accepted.map((fromMs) => accepted.filter((ms) => ms >= fromMs && ms < fromMs + end).length),
  );
}

for (const rps of [0.3, 0.5, 1, 2.5, 3, 5, 7, 20, 333]) {
  test(`a client that sends at exactly ${rps} a second is never refused`, () => {
    const timesMs = evenly(rps, 500);
    assert.deepEqual(send(rps, timesMs).refused, []);
  });

  test(`nor is it at ${rps} a second when its requests travel unequally long`, () => {
    fc.assert(
      fc.property(
        fc.array(fc.double({ min: 0, max: HOLD_MS - 0.001, noNaN: true }), { size: 'large' }),
        (delays) => {
          const sentMs = evenly(rps, delays.length);
          const timesMs = sentMs
            .map((ms, index) => ms + (delays[index] as number))
            .sort((a, b) => a - b);
          assert.deepEqual(send(rps, timesMs).refused, []);
        },
      ),
      { numRuns: 50 },
    );
  });
}

test('whatever comes, no second holds more accepted than the rate', () => {
  const gaps = fc.array(fc.double({ min: 0, max: 400, noNaN: true }), { maxLength: 200 });
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 30 }), gaps, (rps, gapsMs) => {
      let nowMs = 0;
      const { accepted } = send(
        rps,
        gapsMs.map((gapMs) => (nowMs += gapMs)),
      );
      assert.ok(accepted.length === 0 || fullest(accepted, 1_000) <= rps);
      assert.deepEqual(
        accepted,
        accepted.toSorted((a, b) => a - b),
      );
    }),
  );
});

test('half a request a second is one in two seconds', () => {
  const { accepted, refused } = send(0.5, [0, 100, 1_000, 1_900, 2_000, 3_999, 4_000]);
  assert.deepEqual(accepted, [0, 2_000, 4_000]);
  assert.deepEqual(refused, [2, 1, 1, 2]);
});

test('a burst within the rate passes, the next is told to wait whole seconds, rounded up', () => {
  const { accepted, refused } = send(5, [0, 0, 0, 0, 0, 0, 500, 974, 975, 1_000]);
  assert.deepEqual(accepted, [0, 0, 0, 0, 0, 1_000, 1_000]);
  assert.deepEqual(refused, [1, 1, 1]);
});

test('keys have windows of their own', () => {
  const limiter = createRateLimiter(1);
  assert.equal(limiter.take('a', 0).kind, 'accepted');
  assert.equal(limiter.take('b', 0).kind, 'accepted');
  assert.equal(limiter.take('a', 1).kind, 'refused');
});

test('forgetting idle keys forgets no window that is open', () => {
  const limiter = createRateLimiter(1);
  for (let index = 0; index < 10_000; index += 1) limiter.take(`idle-${index}`, 0);
  assert.equal(limiter.take('busy', 2_000).kind, 'accepted');
  assert.equal(limiter.take('more', 2_001).kind, 'accepted');
  assert.equal(limiter.take('busy', 2_002).kind, 'refused');
});
