// During a rolling upgrade an older process reads what a newer one has written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseFileProgress } from './file-progress.ts';
import { parseInboxState } from './inbox-state.ts';

test('progress of a file with a warning of a later version is understood and kept whole', () => {
  const stored = {
    ...{ id: 'f', name: 'a.csv', state: 'done', bytes: 1, bytesRead: 1, rows: 1, rejected: 0 },
    ...{ startedAt: null, finishedAt: null, later: { more: 1 } },
    warnings: [{ code: 'of_a_later_version', message: 'something new' }],
  };
  assert.deepEqual(parseFileProgress(JSON.stringify(stored)), stored);
});

test('an entry of the inbox that is left for a reason of a later version is shown', () => {
  const entry = { name: 'a', code: 'of_a_later_version', message: 'something new', since: 'x' };
  const text = JSON.stringify({ leftInInbox: [entry], leftCount: 1 });
  assert.deepEqual(parseInboxState(text)?.leftInInbox, [entry]);
});
