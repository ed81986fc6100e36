import assert from 'node:assert/strict';
import { test } from 'node:test';
import { encodeCommitMark } from './commit-metadata.ts';
import type { OffsetRange } from './offset-map.ts';
import { countUnfinished } from './unfinished.ts';

function commitAt(offset: number, done: readonly OffsetRange[]) {
  const mark = { owner: 'consumer-1', isReleased: false, done, retries: [] };
  return { offset, metadata: encodeCommitMark(offset, mark).text };
}

test('what is finished behind the commit does not wait: 90 of 100 offsets of lag are', () => {
  const done = [
    { start: 11, end: 60 },
    { start: 65, end: 106 },
  ];
  assert.equal(countUnfinished(commitAt(10, done), { low: 0, high: 110 }), 10);
});

test('without metadata that is ours, or without a commit, all of the lag is unfinished', () => {
  const bounds = { low: 5, high: 30 };
  assert.equal(countUnfinished({ offset: 10, metadata: '' }, bounds), 20);
  assert.equal(countUnfinished({ offset: 10, metadata: 'another' }, bounds), 20);
  assert.equal(countUnfinished({ offset: null, metadata: '' }, bounds), 25);
});

test('what has left the log, or is not in the log yet, counts on neither side', () => {
  const done = [{ start: 11, end: 60 }];
  assert.equal(countUnfinished(commitAt(10, done), { low: 50, high: 55 }), 0);
  assert.equal(countUnfinished(commitAt(10, done), { low: 50, high: 70 }), 10);
  assert.equal(countUnfinished(commitAt(80, []), { low: 0, high: 70 }), 0);
});
