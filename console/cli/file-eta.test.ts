import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileEtaSeconds } from './file-eta.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const FILE = {
  ...({ state: 'reading', started_at: new Date(NOW - 60_000).toISOString() } as const),
  ...{ bytes: 1_000, bytes_read: 500, rows: 100, rejected: 20, delivered: 38, dead: 2 },
  ...{ waiting: 38, retrying: 2 },
};

test('the rest of a file is what waits and what is not read yet, at the rate until now', () => {
  // 40 in a minute; 40 wait, and 80 more are expected in the other half.
  assert.equal(fileEtaSeconds(FILE, NOW), 180);
  assert.equal(fileEtaSeconds({ ...FILE, state: 'done', bytes_read: 1_000 }, NOW), 60);
});

test('there is no estimate before the first delivery, nor after the last', () => {
  for (const change of [
    { started_at: null },
    { bytes_read: 0 },
    { delivered: 0, dead: 0 },
    { state: 'done' as const, waiting: 0, retrying: 0 },
  ]) {
    assert.equal(fileEtaSeconds({ ...FILE, ...change }, NOW), null, JSON.stringify(change));
  }
});
