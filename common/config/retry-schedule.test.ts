import assert from 'node:assert/strict';
import { test } from 'node:test';
import { loadConfig } from './config.ts';
import { retrySchedule, retryTopicDelayMs } from './retry-schedule.ts';

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

test('the schedule is exponential, linear, or exactly as given', () => {
  const schedule = (env: Record<string, string>) => retrySchedule(loadConfig(env));
  assert.deepEqual(schedule({ RETRY_BASE_MS: '100' }), [100, 200, 400, 800]);
  assert.deepEqual(
    schedule({ RETRY_BASE_MS: '100', RETRY_STRATEGY: 'linear' }),
    [100, 200, 300, 400],
  );
  assert.deepEqual(schedule({ RETRY_SCHEDULE: '5s, 30s,5m' }), [5_000, 30_000, 300_000]);
  assert.deepEqual(schedule({ RETRY_MAX_ATTEMPTS: '1' }), []);
  const long = schedule({ RETRY_BASE_MS: '3600000', RETRY_MAX_ATTEMPTS: '10' });
  assert.equal(Math.max(...long), 86_400_000, 'no wait above a day');
});
