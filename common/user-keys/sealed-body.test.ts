import assert from 'node:assert/strict';
import { test } from 'node:test';
import { deriveKey, formatSeed, isOfMaster, masterKey, nameOf, parseSeed } from './user-key.ts';
import { seal, unseal, userOf } from './sealed-body.ts';

const MASTER = masterKey('a key of the tests');
const NAME = nameOf('ann', MASTER);
const KEY = deriveKey(NAME, [1, 2, 3, 4], MASTER);
const RECORD = { key: 'ann', headers: { 'webhook-id': 'e1' } };
const OF_SUBSCRIPTION = {
  key: 'ann',
  headers: { 'webhook-id': 'e1-sub_a', 'wh-subscription': 'sub_a' },
};

test('a body opens for its delivery, and for those of the event that it belongs to', () => {
  for (const body of ['{"n":1}', '', 'grüße']) {
    const sealed = seal(body, RECORD, KEY);
    assert.equal(String(unseal(sealed, RECORD, KEY)), body);
    assert.equal(String(unseal(sealed, OF_SUBSCRIPTION, KEY)), body);
  }
});

test('a body opens neither for another delivery nor for another user, nor when it was changed', () => {
  const sealed = seal('{"n":1}', RECORD, KEY);
  const open = (bytes: Buffer, record = RECORD, key = KEY) => unseal(bytes, record, key);
  assert.throws(() => open(sealed, { ...RECORD, headers: { 'webhook-id': 'e2' } }));
  assert.throws(() => open(sealed, { ...RECORD, key: 'bob' }));
  assert.throws(() => open(sealed, RECORD, deriveKey(NAME, [1, 2, 3, 5], MASTER)));
  for (let at = 0; at < sealed.length; at += 1) {
    const changed = Buffer.from(sealed);
    changed[at] = (changed[at] as number) ^ 1;
    assert.throws(() => open(changed));
    assert.throws(() => open(sealed.subarray(0, at)));
  }
});

test('the same body is never the same bytes', () => {
  const all = Array.from({ length: 2_000 }, () => seal('x', RECORD, KEY).toString('hex'));
  assert.equal(new Set(all.map((text) => text.slice(0, 24))).size, all.length);
});

test('a delivery without a user belongs to nobody', () => {
  assert.equal(userOf({ key: 'sub_a', headers: { 'wh-subscription': 'sub_a' } }), null);
  assert.equal(userOf({ key: null, headers: {} }), null);
  assert.equal(userOf(OF_SUBSCRIPTION), 'ann');
});

test('a seed shows whether it was made under the same SECRET_KEY', () => {
  const value = formatSeed(NAME, [1, 2, 3, 4], MASTER);
  assert.deepEqual(parseSeed(value), [1, 2, 3, 4]);
  assert.equal(isOfMaster(NAME, value, MASTER), true);
  assert.equal(isOfMaster(NAME, value, masterKey('another key of the tests')), false);
  assert.equal(parseSeed(value.subarray(1)), null);
});

test('a body that an earlier version has encrypted opens, under a key of the same id', () => {
  const master = masterKey('a key of at least sixteen characters');
  const key = deriveKey(nameOf('a user', master), [1, 2, 3, 4], master);
  assert.equal(key.id, 'C3mvQl6Dgak');
  const headers = { 'webhook-id': 'e-1-sub_1', 'wh-subscription': 'sub_1' };
  const sealed = Buffer.from('FYCTFSxlF2DdjZ4nI6JTM7rH5q3nB1/c3Wegi6Fe', 'base64');
  assert.equal(String(unseal(sealed, { key: 'a user', headers }, key)), '{}');
});
