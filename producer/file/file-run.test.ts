import assert from 'node:assert/strict';
import { test } from 'node:test';
import { runLength } from './file-run.ts';
import type { Queued } from './file-run.ts';

const queued = (offset: number, bytes = 30, name = 'x.csv'): Queued => {
  return { offset, file: { id: `id-${offset}`, name, bytes } };
};
const small = (count: number) => Array.from({ length: count }, (_, n) => queued(n));

const cases: readonly [title: string, queue: readonly Queued[], expected: number][] = [
  ['one small file', small(1), 1],
  ['small files', small(7), 7],
  ['more small files than are read together', small(400), 250],
  ['a large file first', [queued(0, 1e9), ...small(3)], 1],
  ['small files before a large one', [queued(10), queued(11), queued(12, 1e9)], 2],
  ['files that are small, but much together', small(100).map((_, n) => queued(n, 60_000)), 33],
  ['a compressed file', [queued(1), queued(2, 30, 'x.csv.GZ')], 1],
  ['a compressed file first', [queued(1, 30, 'x.csv.zst'), queued(2)], 1],
  ['what is no announcement first', [{ offset: 1, file: null }, ...small(2)], 1],
  ['what is no announcement behind', [queued(5), { offset: 6, file: null }], 1],
];
for (const [title, queue, expected] of cases) {
  test(`${title}: ${expected} of ${queue.length}`, () => assert.equal(runLength(queue), expected));
}
