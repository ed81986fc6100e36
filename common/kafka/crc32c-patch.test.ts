import assert from 'node:assert/strict';
import { test } from 'node:test';
import { patchCrc32c } from './crc32c-patch.ts';
import { internalModule } from './internals.ts';

type Checksum = (bytes: Buffer) => number;

test('the checksum that kafkajs takes is the fast one, and right', () => {
  const path = 'protocol/recordBatch/crc32C';
  const slow = internalModule<Checksum>(path);
  patchCrc32c();
  const fast = internalModule<Checksum>(path);
  assert.notEqual(fast, slow);
  // The check value of CRC-32C, as RFC 3720 (B.4) and its catalogues have it.
  assert.equal(fast(Buffer.from('123456789')), 0xe3069283);
  for (const length of [0, 1, 63, 1_000]) {
    const bytes = Buffer.from(Array.from({ length }, (_, index) => (index * 7) % 256));
    assert.equal(fast(bytes), slow(bytes));
  }
});
