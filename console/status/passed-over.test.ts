import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CERTAIN_AFTER_MS, countPassedOver } from './passed-over.ts';

const FINISHED_MS = 1_000_000;
const certainMs = FINISHED_MS + CERTAIN_AFTER_MS;

const rows: readonly [
  title: string,
  finishedAtMs: number | null,
  drainedAtMs: number | null,
  expected: number,
][] = [
  ['a log that was finished after the file passes its rows over', FINISHED_MS, certainMs, 200],
  [
    'a log that was finished a moment after the file may not have its last rows',
    FINISHED_MS,
    certainMs - 1,
    0,
  ],
  ['a log that was never finished passes nothing over', FINISHED_MS, null, 0],
  ['a file that is being read is not passed over', null, certainMs, 0],
];
for (const [title, finishedAtMs, drainedAtMs, expected] of rows) {
  test(title, () => {
    const when = { finishedAtMs, retriedAtMs: 0, drainedAtMs };
    assert.equal(countPassedOver({ undecided: 200, retrying: 0 }, when).undecided, expected);
  });
}

test('a row that was to be tried again is passed over once the log is finished after that', () => {
  const at = (drainedAtMs: number) =>
    countPassedOver(
      { undecided: 0, retrying: 3 },
      { finishedAtMs: FINISHED_MS, retriedAtMs: FINISHED_MS + 5_000, drainedAtMs },
    ).retrying;
  assert.deepEqual([at(certainMs + 4_999), at(certainMs + 5_000)], [0, 3]);
});
