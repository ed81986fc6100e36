import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { decodeRecord } from './decide/decode-record.ts';
import { internalModule } from './internals.ts';
import { patchRecordDecoder } from './record-decoder-patch.ts';

const Decoder =
  internalModule<new (bytes: Buffer) => { readVarIntBytes(): Buffer }>('protocol/decoder');
const PATH = 'protocol/recordBatch/record/v0';
const encode = internalModule<(record: unknown) => { buffer: Buffer }>(PATH);
type Decode = (decoder: unknown, context: unknown) => { headers: object };
const theirs = internalModule<Decode>(`${PATH}/decoder`);

const bytes = fc.uint8Array({ maxLength: 300 }).map((all) => Buffer.from(all));
/** Where an object has something of that name already, kafkajs takes it for a first value. */
const name = fc.string().filter((text) => !(text in {}));
const record = fc.record({
  offsetDelta: fc.nat(),
  timestampDelta: fc.integer({ min: -(2 ** 45), max: 2 ** 45 }),
  key: fc.option(bytes),
  value: fc.option(bytes),
  headers: fc.dictionary(name, fc.oneof(bytes, fc.array(bytes, { minLength: 2 }))),
});
const context = fc.record({
  firstOffset: fc.nat({ max: 2 ** 50 }).map(String),
  firstTimestamp: fc.nat({ max: 2 ** 45 }).map(String),
  maxTimestamp: fc.nat({ max: 2 ** 45 }).map(String),
  timestampType: fc.constantFrom(0, 1),
  isControlBatch: fc.boolean(),
  magicByte: fc.constant(2),
});

test('a record is read as kafkajs itself reads it', () => {
  fc.assert(
    fc.property(record, context, (one, batch) => {
      const body = new Decoder(encode(one).buffer).readVarIntBytes();
      const ours = decodeRecord(body, batch);
      assert.deepEqual({ ...ours, headers: { ...ours.headers } }, theirs(new Decoder(body), batch));
    }),
  );
});

test('a header may have any name', () => {
  for (const hostile of ['constructor', '__proto__', 'toString']) {
    const headers = Object.fromEntries([[hostile, Buffer.from('a')]]);
    const body = new Decoder(encode({ key: null, value: null, headers }).buffer).readVarIntBytes();
    const batch = { firstOffset: '0', firstTimestamp: '0', maxTimestamp: '0', magicByte: 2 };
    const read = decodeRecord(body, { ...batch, timestampType: 0, isControlBatch: false });
    assert.deepEqual(Object.entries(read.headers), [[hostile, Buffer.from('a')]]);
  }
});

test('kafkajs reads records by it', () => {
  patchRecordDecoder();
  assert.notEqual(internalModule(`${PATH}/decoder`), theirs);
});
