import assert from 'node:assert/strict';
import { test } from 'node:test';
import { scanWindow } from './scan-window.ts';

const bounds = new Map([[0, { low: 10, high: 20 }]]);
const at = (offset: number) => new Map([[0, offset]]);
const rows: readonly [
  title: string,
  asked: Parameters<typeof scanWindow>[1],
  expected: readonly [next: number, end: number] | null,
][] = [
  ['all of the log by default', {}, [10, 20]],
  ['from an offset', { from: at(12) }, [12, 20]],
  ['to an offset', { to: at(15) }, [10, 15]],
  ['not before the log begins', { from: at(0) }, [10, 20]],
  ['not beyond its end', { to: at(99) }, [10, 20]],
  ['nothing when it begins at the end', { from: at(20) }, null],
  ['nothing when it ends before it begins', { from: at(15), to: at(12) }, null],
  ['all of a partition that is not named', { from: new Map([[7, 3]]) }, [10, 20]],
];
for (const [title, asked, expected] of rows) {
  test(title, () => {
    const windows = scanWindow(bounds, asked);
    const [next, end] = expected ?? [];
    assert.deepEqual([...windows], expected ? [[0, { next, end }]] : []);
  });
}

test('an empty partition is left out and others are read', () => {
  const two = new Map([...bounds, [1, { low: 5, high: 5 }] as const]);
  assert.deepEqual([...scanWindow(two, {}).keys()], [0]);
});
