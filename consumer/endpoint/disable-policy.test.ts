import assert from 'node:assert/strict';
import { test } from 'node:test';
import { aSubscription } from '../../test/support/subscription.ts';
import {
  disabledBecause,
  evaluateFailure,
  withAccepted,
  withFailing,
  withForbidden,
} from './disable-policy.ts';
import type { Failure, Verdict } from './disable-policy.ts';

const MINUTE_MS = 60_000;
const DAY_MS = 1_440 * MINUTE_MS;
const NOW = 100 * DAY_MS;
const DISABLE_AFTER_MS = 5 * DAY_MS;

const note = (since: number, lastAt = NOW): Verdict => ({
  kind: 'note',
  failing: { since, lastAt },
});
const WAIT: Verdict = { kind: 'wait' };
const known = (sinceDays: number, lastDays: number) => {
  return { since: NOW - sinceDays * DAY_MS, lastAt: NOW - lastDays * DAY_MS };
};

const cases: readonly [title: string, failure: Partial<Failure>, expected: Verdict][] = [
  ['the first failure says nothing', {}, WAIT],
  ['failing for less than a minute is not written down', { firstAtMs: NOW - 59_999 }, WAIT],
  ['failing for a minute is', { firstAtMs: NOW - MINUTE_MS }, note(NOW - MINUTE_MS)],
  ['a failure of long ago counts for no more', { firstAtMs: NOW - DAY_MS }, note(NOW - MINUTE_MS)],
  ['what is noted is not written at every failure', { known: known(2, 0.49) }, WAIT],
  ['but from time to time', { known: known(2, 0.5) }, note(NOW - 2 * DAY_MS)],
  ['just under five days it is not disabled', { known: known(4.999, 0.1) }, WAIT],
  ['after five days it is', { known: known(5, 0.1) }, { kind: 'disable' }],
  ['also when it was asked seldom', { known: known(9, 4.9) }, { kind: 'disable' }],
  ['also when it was not asked for just as long', { known: known(9, 5) }, { kind: 'disable' }],
  ['one that was not asked for longer begins again', { known: known(9, 5.1) }, note(NOW)],
];
for (const [title, failure, expected] of cases) {
  test(title, () => {
    const given = { known: null, firstAtMs: NOW, nowMs: NOW, disableAfterMs: DISABLE_AFTER_MS };
    assert.deepEqual(evaluateFailure({ ...given, ...failure }), expected);
  });
}

const subscription = aSubscription({ id: 'sub_a', updatedAt: NOW });

test('noting a failure, or its end, changes nothing that a person has said', () => {
  const failing = known(1, 0);
  const noted = withFailing(subscription, failing);
  assert.deepEqual(noted, { ...subscription, failing });
  assert.deepEqual(withFailing(noted, null), subscription);
  assert.equal(withFailing(subscription, null), subscription, 'nothing to write');
  const disabled = { ...subscription, state: 'disabled' } as const;
  assert.equal(withFailing(disabled, failing), disabled);
});

test('one that was changed or disabled meanwhile is not disabled on old evidence', () => {
  const because = { reason: 'gone', nowMs: NOW };
  const disabled = disabledBecause(subscription, subscription, because);
  const { state, disabledReason, updatedAt } = disabled;
  assert.deepEqual([state, disabledReason, updatedAt], ['disabled', 'gone', NOW + 1]);
  const changed = { ...subscription, updatedAt: NOW + 5 };
  assert.equal(disabledBecause(changed, subscription, because), changed);
  assert.equal(disabledBecause(disabled, disabled, because), disabled);
  // Noting that it fails is no change of a person's.
  const noted = withFailing(subscription, known(6, 0));
  assert.equal(disabledBecause(noted, subscription, because).state, 'disabled');
});

test('an accepted delivery takes back that the target is forbidden or failing', () => {
  const forbidden = withForbidden(subscription, '10.0.0.1 is private');
  assert.deepEqual(forbidden, { ...subscription, forbidden: '10.0.0.1 is private' });
  assert.equal(withForbidden(forbidden, '10.0.0.1 is private'), forbidden, 'nothing to write');
  const failing = withFailing(forbidden, { since: 1, lastAt: 2 });
  assert.deepEqual(withAccepted(failing), subscription);
  assert.equal(withAccepted(subscription), subscription, 'nothing to write');
  const disabled = { ...subscription, state: 'disabled' as const };
  assert.equal(withForbidden(disabled, 'why'), disabled);
});
