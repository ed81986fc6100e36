import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BY_REQUEST } from '../model/subscription.ts';
import { UNCHANGED } from '../subscriptions/default-endpoint.ts';
import { isStoppedByPerson } from './endpoint-settings.ts';

test('an endpoint is stopped when a person has paused or disabled it, not when Hookline has', () => {
  const enabled = { state: 'enabled', disabledReason: null } as const;
  const disabled = { state: 'disabled', disabledReason: 'its target answered 410 Gone' } as const;
  assert.equal(isStoppedByPerson(enabled), false);
  assert.equal(isStoppedByPerson({ ...enabled, isPaused: true }), true);
  assert.equal(isStoppedByPerson(disabled), false);
  assert.equal(isStoppedByPerson({ ...disabled, disabledReason: BY_REQUEST }), true);
  assert.equal(isStoppedByPerson(UNCHANGED), false);
  assert.equal(isStoppedByPerson({ ...UNCHANGED, isPaused: true }), true);
  assert.equal(isStoppedByPerson({ ...UNCHANGED, state: 'disabled' }), true);
});
