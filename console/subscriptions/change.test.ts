import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Subscription } from '../../common/model/subscription.ts';
import {
  createdSubscription,
  deletedSubscription,
  isInTrouble,
  patchedSubscription,
  rotatedSubscription,
} from './change.ts';

const HOUR_MS = 3_600_000;
const NOW = 1_000 * HOUR_MS;

const made = (body: object = {}): Subscription =>
  createdSubscription(
    { target_url: 'https://a/', ...body },
    { id: 'sub_a', sealedSecret: 's1', begins: null, nowMs: NOW },
  );

test('a rotated secret signs for 24 hours beside the new one', () => {
  const rotated = rotatedSubscription(made(), 's2', NOW);
  assert.deepEqual(rotated.secrets, [
    { text: 's2', expiresAt: null },
    { text: 's1', expiresAt: NOW + 24 * HOUR_MS },
  ]);
});

test('rotating again prolongs no earlier secret, and drops what has expired', () => {
  const twice = rotatedSubscription(rotatedSubscription(made(), 's2', NOW), 's3', NOW + HOUR_MS);
  assert.deepEqual(twice.secrets, [
    { text: 's3', expiresAt: null },
    { text: 's2', expiresAt: NOW + 25 * HOUR_MS },
    { text: 's1', expiresAt: NOW + 24 * HOUR_MS },
  ]);
  const later = rotatedSubscription(twice, 's4', NOW + 24 * HOUR_MS);
  assert.deepEqual(
    later.secrets.map(({ text }) => text),
    ['s4', 's3', 's2'],
  );
});

test('however often it is rotated, at most ten secrets sign, the newest', () => {
  let rotated = made();
  for (let n = 2; n <= 30; n += 1) rotated = rotatedSubscription(rotated, `s${n}`, NOW);
  assert.equal(rotated.secrets.length, 10);
  assert.deepEqual([rotated.secrets[0]?.text, rotated.secrets[9]?.text], ['s30', 's21']);
});

test('the same rotation a second time changes nothing', () => {
  const rotated = rotatedSubscription(made(), 's2', NOW);
  assert.equal(rotatedSubscription(rotated, 's2', NOW + 1), rotated);
});

test('what a change does not name stays, and every change has a later time', () => {
  const before = made({ event_types: ['a'], rate_limit: 5, headers: { x: 'y' } });
  const { updatedAt, description, ...rest } = patchedSubscription(
    before,
    { description: 'new' },
    NOW,
  );
  assert.equal(description, 'new');
  assert.equal(updatedAt, NOW + 1);
  const { updatedAt: _at, description: _old, ...unchanged } = before;
  assert.deepEqual(rest, unchanged);
});

test('null takes a limit away', () => {
  assert.equal(
    patchedSubscription(made({ rate_limit: 5 }), { rate_limit: null }, NOW).rateLimit,
    null,
  );
});

test('a reason stays while it is disabled, and goes when it is enabled', () => {
  const disabled: Subscription = { ...made(), state: 'disabled', disabledReason: '410' };
  assert.equal(patchedSubscription(disabled, { enabled: false }, NOW).disabledReason, '410');
  const { state, disabledReason } = patchedSubscription(disabled, { enabled: true }, NOW);
  assert.deepEqual([state, disabledReason], ['enabled', null]);
  const off = patchedSubscription(made(), { enabled: false }, NOW);
  assert.deepEqual([off.state, off.disabledReason], ['disabled', 'disabled by request']);
});

test('enabled or led elsewhere it counts as failing no more; else it goes on failing', () => {
  const failing: Subscription = { ...made(), failing: { since: 1, lastAt: 2 } };
  const after = (body: object) => patchedSubscription(failing, body, NOW).failing;
  assert.equal(after({ enabled: true }), null);
  assert.equal(after({ target_url: 'https://b/' }), null);
  assert.deepEqual(after({ target_url: 'https://a/' }), failing.failing);
  assert.deepEqual(after({ description: 'x' }), failing.failing);
});

test('in trouble is what fails or was disabled by nobody, not what a person disabled', () => {
  const failing = { since: 1, lastAt: 2 };
  assert.equal(isInTrouble(made()), false);
  assert.equal(isInTrouble({ ...made(), failing }), true);
  assert.equal(isInTrouble({ ...made(), state: 'disabled', disabledReason: '410' }), true);
  assert.equal(isInTrouble(patchedSubscription(made(), { enabled: false }, NOW)), false);
  assert.equal(isInTrouble({ ...made(), state: 'deleted' }), false);
});

test('nothing secret stays in one that is deleted', () => {
  const deleted = deletedSubscription(made({ headers: { authorization: 'sealed' } }), NOW);
  assert.deepEqual([deleted.state, deleted.secrets, deleted.headers], ['deleted', [], {}]);
});

test('another client of OAuth 2.0 begins again, stays through other changes, and goes with it', () => {
  const client = { token_url: 'https://auth/token', client_id: 'me', client_secret: 's' };
  const failing: Subscription = { ...made(), failing: { since: 1, lastAt: 2 } };
  const changed = patchedSubscription(failing, { oauth2: client }, NOW);
  assert.deepEqual(changed.oauth2, {
    ...{ tokenUrl: 'https://auth/token', clientId: 'me', clientSecret: 's' },
    ...{ scope: null, audience: null },
  });
  assert.deepEqual([changed.failing, (changed.resumedAt ?? 0) > 0], [null, true]);
  assert.equal(patchedSubscription(changed, { description: 'x' }, NOW).oauth2, changed.oauth2);
  assert.equal(patchedSubscription(changed, { oauth2: null }, NOW).oauth2, null);
  assert.equal(deletedSubscription(changed, NOW).oauth2, null);
});
