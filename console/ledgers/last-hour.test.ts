import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LastHour } from './last-hour.ts';

const MINUTE_MS = 60_000;
const NOW = Date.UTC(2026, 10, 29, 12, 0, 30);

test('what happened in the last hour counts, and nothing older, in whatever order it comes', () => {
  const dead = new LastHour();
  for (const minutesAgo of [0, 30, 59, 60, 61, 90, 1_000]) {
    dead.add(NOW - minutesAgo * MINUTE_MS);
    dead.add(NOW - minutesAgo * MINUTE_MS);
  }
  assert.equal(dead.sum(NOW), 6);
  assert.equal(dead.sum(NOW + 31 * MINUTE_MS), 2);
  assert.equal(dead.sum(NOW + 61 * MINUTE_MS), 0);
});
