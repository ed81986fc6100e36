import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pauseMs, recordsPerTransaction } from './pace.ts';

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

const pauses: readonly [title: string, rate: number | null, [number, number], expected: number][] =
  [
    ['the first transaction goes at once', 10, [0, 0], 0],
    ['what was written takes its time', 10, [5, 100], 400],
    ['whoever is late does not wait', 10, [5, 900], 0],
    ['a fraction of one a second', 0.5, [1, 0], 2_000],
    ['without a rate there is no wait', null, [9_999, 0], 0],
  ];
for (const [title, rate, [written, elapsedMs], expected] of pauses) {
  test(title, () => assert.equal(pauseMs(rate, { written, elapsedMs }), expected));
}

test('over any time the rate is kept: it is reached and not exceeded by more than one step', () => {
  const rate = 37;
  const step = recordsPerTransaction(rate);
  let elapsedMs = 0;
  let written = 0;
  while (elapsedMs < 60_000) {
    elapsedMs += pauseMs(rate, { written, elapsedMs });
    written += step;
    assert.ok(written - step <= (rate * elapsedMs) / 1_000 + 1);
  }
  assert.ok(written >= rate * 60);
});
