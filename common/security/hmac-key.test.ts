import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { inspect } from 'node:util';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { HmacKey } from './hmac-key.ts';

const bytes = (maxLength: number) =>
  fc.uint8Array({ maxLength }).map((array) => Buffer.from(array));

test('whatever the key, the head and the body, it is what Node calls HMAC-SHA256', () => {
  const heads = fc.string({ unit: 'binary', maxLength: 300 });
  const property = fc.property(bytes(200), heads, bytes(500), (secret, head, body) => {
    const theirs = createHmac('sha256', secret).update(head).update(body).digest('base64');
    const key = new HmacKey(secret);
    assert.equal(key.digest(head, body), theirs);
    assert.equal(key.digest(head, body), theirs);
  });
  fc.assert(property);
});

for (const length of [0, 63, 64, 65, 16_000, 16_384, 1_000_000]) {
  test(`a key, a head and a body of ${length} bytes`, () => {
    const secret = Buffer.alloc(length, 7);
    const [head, body] = ['é'.repeat(length / 2), Buffer.alloc(length, 9)];
    const theirs = createHmac('sha256', secret).update(head).update(body).digest('base64');
    assert.equal(new HmacKey(secret).digest(head, body), theirs);
  });
}

test('nothing shows the secret', () => {
  const key = new HmacKey(Buffer.from('a secret of the receiver'));
  assert.equal(JSON.stringify(key), '{}');
  assert.equal(inspect(key, { depth: null, showHidden: true }), 'HmacKey {}');
});
