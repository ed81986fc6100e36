import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { patchCrc32c } from './crc32c-patch.ts';

test('the checksum that kafkajs takes is the fast one, and right', () => {
  const require = createRequire(import.meta.url);
  const path = 'kafkajs/src/protocol/recordBatch/crc32C';
  const slow = require(path) as (bytes: Buffer) => number;
  patchCrc32c();
  const fast = require(path) as (bytes: Buffer) => number;
  assert.notEqual(fast, slow);
  // The check value of CRC-32C, as RFC 3720 (B.4) and its catalogues have it.
  assert.equal(fast(Buffer.from('123456789')), 0xe3069283);
  for (const length of [0, 1, 63, 1_000]) {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 256));
    assert.equal(fast(bytes), slow(bytes));
  }
});
