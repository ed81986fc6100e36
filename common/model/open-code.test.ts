// During a rolling upgrade an older process reads what a newer one has written.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseConsumerState } from './consumer-state.ts';
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

test('a request under way is reported, for whatever reason of a later version its record is a copy', () => {
  const request = {
    ...{ id: 'a', key: 'k', subscription: null, eventType: null, attempt: 1, since: 1 },
    ...{ topic: 't', partition: 0, offset: 7, trigger: 'of a later version' },
  };
  const state = { clientId: 'c', alarms: [], endpoints: [], inFlight: [request] };
  const read = parseConsumerState(JSON.stringify(state));
  assert.deepEqual(read?.inFlight, [{ ...request, trigger: null }]);
});
