import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextRestart } from './restart.ts';

const rows: readonly [title: string, failures: number, livedMs: number, delayMs: number][] = [
  ['a first failure at the start waits one second', 0, 4_999, 1_000],
  ['a first failure of a process that worked waits for nothing', 0, 5_000, 0],
  ['a second failure in a row waits twice as long', 1, 10, 2_000],
  ['a fifth failure in a row waits sixteen seconds', 4, 59_999, 16_000],
  ['the wait is never above half a minute', 5, 10, 30_000],
  ['the wait stays there after a thousand failures', 1_000, 10, 30_000],
  ['a minute of life makes the next failure a first one', 9, 60_000, 0],
];
for (const [title, failures, livedMs, delayMs] of rows) {
  test(title, () => {
    assert.equal(nextRestart(failures, livedMs).delayMs, delayMs);
  });
}

test('failures are counted until a minute of life', () => {
  assert.equal(nextRestart(0, 10).failures, 1);
  assert.equal(nextRestart(3, 10).failures, 4);
  assert.equal(nextRestart(3, 60_000).failures, 1);
});
