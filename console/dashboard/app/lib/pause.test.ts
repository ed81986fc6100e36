import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { pause } from './pause.js';

test('a pause leaves nothing at the signal, and ends when it aborts', async () => {
  const ending = new AbortController();
  await pause(1, ending.signal);
  assert.equal(getEventListeners(ending.signal, 'abort').length, 0);
  const long = pause(600_000, ending.signal);
  ending.abort();
  await long;
  assert.equal(getEventListeners(ending.signal, 'abort').length, 0);
});
