import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNTHROTTLED, climb, throttle } from './adaptive-rate.ts';

const refusal = {
  ...{ nowMs: 10_000, sentAtMs: 9_990, retryAfterMs: 2_000 },
  ...{ acceptedPerSecond: 20, hasAccepted: false },
};

test('a refusal pauses for what was asked and lowers the rate below what was accepted', () => {
  const pace = throttle(UNTHROTTLED, refusal);
  assert.equal(pace.pausedUntilMs, 12_000);
  assert.equal(pace.ratePerSecond, 16);
});

test('the other refusals of one burst do not lower the rate again', () => {
  const first = throttle(UNTHROTTLED, refusal);
  const second = throttle(first, { ...refusal, nowMs: 10_005, acceptedPerSecond: 1 });
  assert.equal(second.ratePerSecond, 16);
  assert.equal(second.pausedUntilMs, 12_005);
});

test('without Retry-After the pause doubles each time it happens again', () => {
  const bare = { ...refusal, retryAfterMs: null };
  const first = throttle(UNTHROTTLED, bare);
  assert.equal(first.pausedUntilMs, 11_000);
  const second = throttle(first, { ...bare, nowMs: 20_000, sentAtMs: 19_990 });
  assert.equal(second.pausedUntilMs, 22_000);
});

test('the rate climbs slowly at first and forgets the limit when nothing objects', () => {
  const low = throttle(UNTHROTTLED, refusal);
  const after = (seconds: number) => climb(low, low.pausedUntilMs + seconds * 1_000);
  assert.equal(after(0).ratePerSecond, 16);
  const oneSecond = after(1).ratePerSecond ?? 0;
  assert.ok(oneSecond > 16.5 && oneSecond < 18, String(oneSecond));
  assert.equal(after(90).ratePerSecond, null);
});

test('an endpoint that accepted nothing is still tried', () => {
  const pace = throttle(UNTHROTTLED, { ...refusal, acceptedPerSecond: 0 });
  assert.ok((pace.ratePerSecond ?? 0) > 0);
});

/** Pauses after refusals in a row, each a moment after the pause before, s. */
function pausesS(retryAfterMs: number | null, hasAccepted: boolean, count: number): number[] {
  let pace = UNTHROTTLED;
  const pauses: number[] = [];
  for (let n = 0; n < count; n += 1) {
    const sentAtMs = Math.max(1, pace.pausedUntilMs) + 1;
    const nowMs = sentAtMs + 1;
    pace = throttle(pace, { ...refusal, nowMs, sentAtMs, retryAfterMs, hasAccepted });
    pauses.push((pace.pausedUntilMs - nowMs) / 1_000);
  }
  return pauses;
}

test('a pause that ends at once is believed once, and then grows to a minute', () => {
  assert.deepEqual(pausesS(0, false, 9), [0, 1, 2, 4, 8, 16, 32, 60, 60]);
});

test('it does not grow while something is accepted in between, nor where a time is named', () => {
  assert.deepEqual(pausesS(0, true, 3), [0, 0, 0]);
  assert.deepEqual(pausesS(3_000, false, 3), [3, 3, 3]);
  assert.deepEqual(pausesS(1_000, false, 3), [1, 1, 1]);
});

test('the climb follows its formula, and a calm time ends the long pauses', () => {
  const refused = throttle(UNTHROTTLED, { ...refusal, retryAfterMs: null });
  const at = (seconds: number) => climb(refused, refused.pausedUntilMs + seconds * 1_000);
  // 16 * (1 + (2^(5/5) - 1) * 0.05 * 5 / ln 2) + 0.1 * 5
  assert.ok(Math.abs((at(5).ratePerSecond ?? 0) - 22.2708) < 0.001, String(at(5).ratePerSecond));
  assert.equal(at(5).defaultPauseMs, 2_000);
  assert.equal(at(5.001).defaultPauseMs, 1_000);
  assert.equal(climb(refused, refused.pausedUntilMs), refused);
  assert.equal(climb(UNTHROTTLED, 1e12), UNTHROTTLED);
});

test('a request sent at the moment of a refusal is of the same burst', () => {
  const first = throttle(UNTHROTTLED, refusal);
  const again = { ...refusal, sentAtMs: refusal.nowMs, nowMs: refusal.nowMs + 9 };
  assert.equal(throttle(first, again).ratePerSecond, 16);
  const next = { ...again, sentAtMs: refusal.nowMs + 1, acceptedPerSecond: 1 };
  assert.equal(throttle(first, next).ratePerSecond, 0.8);
});
