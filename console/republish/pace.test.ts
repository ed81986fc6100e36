import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextDueMs, recordsPerTransaction } from './pace.ts';

const rates: readonly [rate: number | null, records: number][] = [
  [null, 2_000],
  [100_000, 2_000],
  [1_000, 200],
  [5, 1],
  [0.5, 1],
];
for (const [rate, records] of rates) {
  test(`at ${rate ?? 'any rate'} a transaction holds ${records}`, () => {
    assert.equal(recordsPerTransaction(rate), records);
  });
}

const dues: readonly [title: string, rate: number | null, count: number, expected: number][] = [
  ['what was written takes its time', 10, 5, 1_500],
  ['a fraction of one a second', 0.5, 1, 3_000],
  ['without a rate there is no wait', null, 9_999, 1_000],
];
for (const [title, rate, count, expected] of dues) {
  test(title, () => assert.equal(nextDueMs(rate, { count, atMs: 1_000 }), expected));
}
