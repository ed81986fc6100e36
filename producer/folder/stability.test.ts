import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSettled, stabilityWait } from './stability.ts';
import type { StabilityWait, FileStat } from './stability.ts';

const SETTLE_MS = 1_000;
const stat = (change: Partial<FileStat> = {}): FileStat => ({
  size: 10,
  mtimeMs: 5_000,
  inode: '1:7',
  ...change,
});

const cases: readonly [title: string, looks: [atMs: number, seen: FileStat][], settled: boolean][] =
  [
    ['a file seen once is not settled, however old it is', [[9_000_000, stat()]], false],
    [
      'a file that rested for the whole time is settled',
      [
        [0, stat()],
        [1_000, stat()],
      ],
      true,
    ],
    [
      'a moment less is not enough',
      [
        [0, stat()],
        [999, stat()],
      ],
      false,
    ],
    [
      'a change of size starts the time again',
      [
        [0, stat()],
        [900, stat({ size: 11 })],
        [1_800, stat({ size: 11 })],
      ],
      false,
    ],
    [
      'a change of mtime alone starts the time again',
      [
        [0, stat()],
        [900, stat({ mtimeMs: 5_001 })],
        [1_500, stat({ mtimeMs: 5_001 })],
      ],
      false,
    ],
    [
      'another file under the same name starts the time again',
      [
        [0, stat()],
        [1_500, stat({ inode: '1:8' })],
      ],
      false,
    ],
    [
      'after a change the full time settles it',
      [
        [0, stat()],
        [900, stat({ size: 11 })],
        [1_900, stat({ size: 11 })],
      ],
      true,
    ],
  ];

for (const [title, looks, settled] of cases) {
  test(title, () => {
    let now = 0;
    let state: StabilityWait | undefined;
    for (const [atMs, seen] of looks) {
      now = atMs;
      state = stabilityWait(state, seen, atMs);
    }
    assert.ok(state);
    assert.equal(isSettled(state, now, SETTLE_MS), settled);
  });
}
