import assert from 'node:assert/strict';
import { hash } from 'node:crypto';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { RecentKeys } from './recent-keys.ts';

const HOUR_MS = 3_600_000;
const keyOf = (n: number) => hash('sha256', String(n)).slice(0, 32);
const fingerprintOf = (n: number) => hash('sha256', `of ${n}`).slice(0, 16);

test('it knows what a map would know, and nothing else', () => {
  const added = fc.array(fc.tuple(fc.nat(5_000), fc.nat(2)), {
    minLength: 4_000,
    maxLength: 5_000,
  });
  fc.assert(
    fc.property(added, (all) => {
      const keys = new RecentKeys(24 * HOUR_MS, Infinity);
      const model = new Map<string, string>();
      for (const [n, hour] of all) {
        if (model.has(keyOf(n))) continue;
        keys.add(keyOf(n), fingerprintOf(n), hour * HOUR_MS);
        model.set(keyOf(n), fingerprintOf(n));
      }
      assert.equal(keys.size, model.size);
      for (let n = 0; n <= 5_000; n += 1) assert.equal(keys.get(keyOf(n)), model.get(keyOf(n)));
    }),
    { numRuns: 10 },
  );
});

test('keys whose hashes begin alike are told apart', () => {
  const keys = new RecentKeys(HOUR_MS, Infinity);
  const alike = Array.from({ length: 700 }, (_, n) => `ffffffff${n.toString(16).padStart(8, '0')}`);
  alike.forEach((key, n) => keys.add(key, fingerprintOf(n), 0));
  alike.forEach((key, n) => assert.equal(keys.get(key), fingerprintOf(n)));
  assert.equal(keys.get('ffffffff0000ffff'), undefined);
});

test('a key is kept for 24 hours and forgotten within another one', () => {
  const keys = new RecentKeys(24 * HOUR_MS, Infinity);
  keys.add(keyOf(1), fingerprintOf(1), 10.9 * HOUR_MS);
  keys.forget(34.8 * HOUR_MS);
  assert.equal(keys.get(keyOf(1)), fingerprintOf(1));
  keys.forget(35.9 * HOUR_MS);
  assert.equal(keys.get(keyOf(1)), undefined);
});

test('beyond so many keys the oldest hours go before their time, and it says so', () => {
  const keys = new RecentKeys(24 * HOUR_MS, 3);
  for (let n = 0; n < 6; n += 1) keys.add(keyOf(n), fingerprintOf(n), Math.floor(n / 2) * HOUR_MS);
  assert.equal(keys.forget(3 * HOUR_MS), false);
  assert.deepEqual(
    [keys.size, keys.get(keyOf(3)), keys.get(keyOf(5))],
    [2, undefined, fingerprintOf(5)],
  );
  assert.equal(keys.forget(3 * HOUR_MS), true);
});
