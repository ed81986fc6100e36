import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AppError } from '../base/errors.ts';
import { newSecret, openHeaders, openSecrets, seal, sealingKey, unseal } from './secrets.ts';

const KEY = sealingKey('a key of at least sixteen characters');
const OTHER = sealingKey('another key of sixteen characters');
const cannotOpen = (error: unknown) => error instanceof AppError && error.code === 'secret_invalid';

test('a new secret is whsec_ and base64 of 32 bytes, another one each time', () => {
  const secret = newSecret();
  assert.match(secret, /^whsec_[A-Za-z0-9+/]{43}=$/);
  assert.notEqual(newSecret(), secret);
});

test('a sealed secret opens under its key, and another process derives the same key', () => {
  const sealed = seal('whsec_abc', KEY, 'sub_1');
  assert.match(sealed, /^sealed:v1:/);
  assert.ok(!sealed.includes('abc'));
  assert.equal(
    unseal(sealed, sealingKey('a key of at least sixteen characters'), 'sub_1'),
    'whsec_abc',
  );
  assert.notEqual(seal('whsec_abc', KEY, 'sub_1'), sealed, 'a nonce is never used twice');
});

test('without a key secrets are kept as they are, and plain ones open under any key', () => {
  assert.equal(seal('whsec_abc', null, 'sub_1'), 'whsec_abc');
  assert.equal(unseal('whsec_abc', KEY, 'sub_1'), 'whsec_abc');
});

test('another key, another subscription or no key opens nothing', () => {
  const sealed = seal('whsec_abc', KEY, 'sub_1');
  assert.throws(() => unseal(sealed, OTHER, 'sub_1'), cannotOpen);
  assert.throws(() => unseal(sealed, KEY, 'sub_2'), cannotOpen);
  assert.throws(() => unseal(sealed, null, 'sub_1'), /SECRET_KEY is not set/);
  assert.throws(() => unseal('sealed:v1:', KEY, 'sub_1'), cannotOpen);
  assert.throws(() => unseal('sealed:v1:AAAA', KEY, 'sub_1'), cannotOpen);
});

test('one changed byte anywhere opens nothing', () => {
  const sealed = Buffer.from(seal('whsec_abc', KEY, 'sub_1').slice('sealed:v1:'.length), 'base64');
  for (const [index, byte] of sealed.entries()) {
    const changed = Buffer.from(sealed);
    changed[index] = byte ^ 1;
    assert.throws(
      () => unseal(`sealed:v1:${changed.toString('base64')}`, KEY, 'sub_1'),
      cannotOpen,
    );
  }
});

test('the secrets valid now, newest first: a rotated one until it expires', () => {
  const secrets = [
    { text: seal('whsec_new', KEY, 'sub_1'), expiresAt: null },
    { text: seal('whsec_old', KEY, 'sub_1'), expiresAt: 1_000 },
    { text: 'whsec_plain', expiresAt: 500 },
  ];
  const at = (nowMs: number) => openSecrets({ id: 'sub_1', secrets }, KEY, nowMs);
  assert.deepEqual(at(499), ['whsec_new', 'whsec_old', 'whsec_plain']);
  assert.deepEqual(at(999), ['whsec_new', 'whsec_old']);
  assert.deepEqual(at(1_000), ['whsec_new']);
});

test('header values are opened too', () => {
  const headers = { authorization: seal('Bearer x', KEY, 'sub_1'), 'x-plain': 'y' };
  assert.deepEqual(openHeaders({ id: 'sub_1', headers }, KEY), {
    authorization: 'Bearer x',
    'x-plain': 'y',
  });
});

test('a secret that an earlier version has sealed opens', () => {
  const sealed = 'sealed:v1:/zLqcWf69chg5kagwHP+ED2+8Lep8G8jXbVaHjcjhfz4FydfLQ==';
  assert.equal(unseal(sealed, KEY, 'sub_1'), 'whsec_abc');
});
