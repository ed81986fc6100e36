import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isUnannounced } from './unannounced.ts';
import type { ClaimedSince } from './unannounced.ts';

const file = (change: Partial<ClaimedSince> = {}): ClaimedSince => ({
  claimedAtMs: 0,
  announcedAtMs: null,
  hasProgress: false,
  ...change,
});

const cases: readonly [
  title: string,
  file: ClaimedSince,
  nowMs: number,
  start: boolean,
  boolean,
][] = [
  ['just claimed: its claimer is about to announce it', file(), 9_999, false, false],
  ['never announced: the claimer has crashed', file(), 10_000, false, true],
  ['announced, and the owner may still come', file({ announcedAtMs: 5_000 }), 34_999, false, false],
  ['announced long ago, and no owner came', file({ announcedAtMs: 5_000 }), 35_000, false, true],
  ['an owner has it', file({ hasProgress: true }), 1e9, false, false],
  ['an owner has it, yet at a start it is announced', file({ hasProgress: true }), 1e9, true, true],
  ['just claimed by another process, at our start', file(), 9_999, true, false],
];
for (const [title, claimed, nowMs, atStart, expected] of cases) {
  test(`forgotten? ${title}`, () => {
    assert.equal(isUnannounced(claimed, nowMs, atStart), expected);
  });
}
