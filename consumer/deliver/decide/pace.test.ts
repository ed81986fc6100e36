import assert from 'node:assert/strict';
import { test } from 'node:test';
import { UNTHROTTLED, climb, throttle } from './pace.ts';

const refusal = { nowMs: 10_000, sentAtMs: 9_990, retryAfterMs: 2_000, acceptedPerSecond: 20 };

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
