import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backOffMs } from './back-off.ts';

const cases: readonly [failures: number, random01: number, delayMs: number][] = [
  [1, 1, 200],
  [1, 0, 100],
  [2, 1, 400],
  [6, 1, 6_400],
  [7, 1, 10_000],
  [2_000, 0, 5_000],
];
for (const [failures, random01, delayMs] of cases) {
  test(`after ${failures} failures with random ${random01} the wait is ${delayMs} ms`, () => {
    assert.equal(backOffMs(failures, random01), delayMs);
  });
}
