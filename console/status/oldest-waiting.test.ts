import assert from 'node:assert/strict';
import { test } from 'node:test';
import { oldestWaitingSeconds } from './oldest-waiting.ts';

const open = { state: 'circuit-open' as const, oldest_waiting_seconds: 719 };

test('what was passed over counts as what has not been read', () => {
  assert.equal(oldestWaitingSeconds([], []), 0);
  assert.equal(oldestWaitingSeconds([0, 5], []), 5);
  assert.equal(oldestWaitingSeconds([0, 5], [open]), 719);
  assert.equal(oldestWaitingSeconds([0, 5], [{ ...open, oldest_waiting_seconds: null }]), 5);
});

test('who is paused or disabled by a person is behind nothing', () => {
  for (const state of ['paused', 'disabled'] as const) {
    assert.equal(oldestWaitingSeconds([3], [{ ...open, state }]), 3);
  }
});
