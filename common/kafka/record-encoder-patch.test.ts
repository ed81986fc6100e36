import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { encodeRecord } from './decide/encode-record.ts';
import type { RecordToEncode } from './decide/encode-record.ts';
import { internalModule } from './internals.ts';
import { patchRecordEncoder } from './record-encoder-patch.ts';

const PATH = 'protocol/recordBatch/record/v0';
type Encode = (record: RecordToEncode) => { buffer: Buffer };
const theirs = internalModule<Encode>(PATH);

const buffer = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all));
const bytes = fc.oneof(buffer, fc.string({ unit: 'binary' }), fc.constant('é€😀'));
const record = fc.record(
  {
    offsetDelta: fc.nat(),
    timestampDelta: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
    key: fc.option(bytes),
    value: fc.option(bytes),
    headers: fc.dictionary(fc.string(), fc.oneof(bytes, fc.array(bytes))),
  },
  { requiredKeys: ['value'] },
);

test('a record is written as kafkajs itself writes it', () => {
  fc.assert(
    fc.property(record, (one) => {
      assert.deepEqual(encodeRecord(one), Buffer.from(theirs(one).buffer));
    }),
  );
});

test('a long value is written whole', () => {
  const value = Buffer.alloc(300_000, 'long');
  assert.deepEqual(encodeRecord({ value }), Buffer.from(theirs({ value }).buffer));
});

test('kafkajs writes records by it', () => {
  patchRecordEncoder();
  assert.deepEqual(
    internalModule<Encode>(PATH)({ value: 'a' }).buffer,
    encodeRecord({ value: 'a' }),
  );
  assert.notEqual(internalModule(PATH), theirs);
});
