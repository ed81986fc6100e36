import assert from 'node:assert/strict';
import { test } from 'node:test';
import { retryTopicDelayMs } from './retry-schedule.ts';

for (const [waitMs, delaysMs, expected] of [
  [5_000, [5_000, 30_000], 5_000],
  [1, [30_000, 5_000], 5_000],
  [5_001, [5_000, 30_000, 300_000], 30_000],
  [60_000, [5_000, 30_000], 30_000],
  [5_000, [], null],
] as const) {
  const topics = delaysMs.length === 0 ? 'no retry topic' : `topics of ${delaysMs.join(', ')} ms`;
  test(`of ${topics}, a wait of ${waitMs} ms goes by in that of ${expected}`, () => {
    assert.equal(retryTopicDelayMs(waitMs, delaysMs), expected);
  });
}
