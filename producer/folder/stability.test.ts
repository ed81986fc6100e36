import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isSettled, rest } from './stability.ts';
import type { Rest, Sight } from './stability.ts';

const SETTLE_MS = 1_000;
const sight = (change: Partial<Sight> = {}): Sight => ({
  size: 10,
  mtimeMs: 5_000,
  inode: '1:7',
  ...change,
});

const cases: readonly [title: string, looks: [atMs: number, seen: Sight][], settled: boolean][] = [
  ['a file seen once is not settled, however old it is', [[9_000_000, sight()]], false],
  [
    'a file that rested for the whole time is settled',
    [
      [0, sight()],
      [1_000, sight()],
    ],
    true,
  ],
  [
    'a moment less is not enough',
    [
      [0, sight()],
      [999, sight()],
    ],
    false,
  ],
  [
    'a change of size starts the time again',
    [
      [0, sight()],
      [900, sight({ size: 11 })],
      [1_800, sight({ size: 11 })],
    ],
    false,
  ],
  [
    'a change of mtime alone starts the time again',
    [
      [0, sight()],
      [900, sight({ mtimeMs: 5_001 })],
      [1_500, sight({ mtimeMs: 5_001 })],
    ],
    false,
  ],
  [
    'another file under the same name starts the time again',
    [
      [0, sight()],
      [1_500, sight({ inode: '1:8' })],
    ],
    false,
  ],
  [
    'after a change the full time settles it',
    [
      [0, sight()],
      [900, sight({ size: 11 })],
      [1_900, sight({ size: 11 })],
    ],
    true,
  ],
];

for (const [title, looks, settled] of cases) {
  test(title, () => {
    let now = 0;
    let state: Rest | undefined;
    for (const [atMs, seen] of looks) {
      now = atMs;
      state = rest(state, seen, atMs);
    }
    assert.ok(state);
    assert.equal(isSettled(state, now, SETTLE_MS), settled);
  });
}
