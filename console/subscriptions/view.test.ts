import assert from 'node:assert/strict';
import { test } from 'node:test';
import { seal, sealingKey } from '../../common/security/secrets.ts';
import { ed25519Key, publicKeyText } from '../../common/security/signature.ts';
import { aSubscription } from '../../test/support/subscription.ts';
import { subscriptionView } from './view.ts';

const SECRET = 'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw';
const OTHER = 'whsec_C2FVsBQIhrscChlQIMV+b5sSYspob7oD';
const NOW = 1_000_000;
const key = sealingKey('sixteen characters or more');

const SUBSCRIPTION = aSubscription({
  id: 'sub_a',
  headers: { 'x-token': seal('hunter2', key, 'sub_a') },
  oauth2: {
    ...{ tokenUrl: 'https://auth/token', clientId: 'me', scope: 'a b', audience: null },
    clientSecret: seal('hunter3', key, 'sub_a'),
  },
  signatures: ['v1', 'v1a'],
  secrets: [
    { text: seal(SECRET, key, 'sub_a'), expiresAt: null },
    { text: seal(OTHER, key, 'sub_a'), expiresAt: NOW + 1 },
  ],
});

test('of secrets only the public keys are shown, of headers only the names', () => {
  const view = subscriptionView(SUBSCRIPTION, key, NOW);
  assert.deepEqual(view.public_keys, [SECRET, OTHER].map(ed25519Key).map(publicKeyText));
  assert.deepEqual(view.headers, { 'x-token': '(hidden)' });
  const client = { token_url: 'https://auth/token', client_id: 'me', scope: 'a b', audience: null };
  assert.deepEqual(view.oauth2, client);
  assert.equal(view.previous_secret_valid_until, new Date(NOW + 1).toISOString());
  assert.equal(view.unusable_reason, null);
  for (const hidden of [SECRET.slice(6), OTHER.slice(6), 'hunter2', 'hunter3', 'sealed:']) {
    assert.ok(!JSON.stringify(view).includes(hidden), hidden);
  }
});

test('a secret that has expired is of no more interest', () => {
  const view = subscriptionView(SUBSCRIPTION, key, NOW + 1);
  assert.deepEqual(view.public_keys, [publicKeyText(ed25519Key(SECRET))]);
  assert.equal(view.previous_secret_valid_until, null);
});

test('what cannot be read under this SECRET_KEY is shown all the same, with the reason', () => {
  for (const wrong of [null, sealingKey('another sixteen characters')]) {
    const view = subscriptionView(SUBSCRIPTION, wrong, NOW);
    assert.match(String(view.unusable_reason), /subscription sub_a cannot be read: .*SECRET_KEY/);
    assert.deepEqual(view.public_keys, []);
  }
});
