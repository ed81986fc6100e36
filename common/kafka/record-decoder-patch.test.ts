import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { ByteWriter } from './decide/byte-writer.ts';
import { decodeRecord } from './decide/decode-record.ts';
import { internalModule } from './internals.ts';
import { patchRecordDecoder } from './record-decoder-patch.ts';

const Decoder =
  internalModule<new (bytes: Buffer) => { readVarIntBytes(): Buffer }>('protocol/decoder');
const PATH = 'protocol/recordBatch/record/v0';
const encode = internalModule<(record: unknown) => { buffer: Buffer }>(PATH);
type Value = Buffer | null;
type Decode = (
  decoder: unknown,
  context: unknown,
) => {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Value;
  readonly value: Value;
  readonly headers: Readonly<Record<string, Value | readonly Value[]>>;
  readonly isControlRecord: boolean;
};
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
});
const BATCH = {
  ...{ firstOffset: '0', firstTimestamp: '0', maxTimestamp: '0' },
  ...{ timestampType: 0, isControlBatch: false },
};

test('a record is read as kafkajs itself reads it, keys and headers as text', () => {
  fc.assert(
    fc.property(record, context, (one, batch) => {
      const body = new Decoder(encode(one).buffer).readVarIntBytes();
      const { key, value, headers, ...expected } = theirs(new Decoder(body), batch);
      const texts = Object.entries(headers).map(([name, given]) => {
        const first = Array.isArray(given) ? (given as Value[])[0] : given;
        return [name, String(first)];
      });
      assert.deepEqual(decodeRecord(body, batch), {
        ...{ topic: '', partition: -1, value },
        offset: Number(expected.offset),
        key: key === null || batch.isControlBatch ? key : key.toString(),
        headers: Object.fromEntries(texts),
        timestampMs: Number(expected.timestamp),
        isControlRecord: expected.isControlRecord,
        batchContext: batch,
      });
    }),
  );
});

test('the value does not keep the whole response in memory', () => {
  const value = Buffer.from('body');
  const body = new Decoder(encode({ key: null, value }).buffer).readVarIntBytes();
  assert.notEqual(decodeRecord(body, BATCH).value?.buffer, body.buffer);
});

test('of a damaged record, whose value is shorter than it says, there is no more than it has', () => {
  const writer = new ByteWriter(20)
    .int8(0)
    .varint(0)
    .varint(0)
    .bytes(null)
    .varint(1_000)
    .raw('body');
  const { value } = decodeRecord(writer.buffer.subarray(0, writer.at), BATCH);
  assert.equal(String(value), 'body');
});

/** A record with these headers; kafkajs itself writes none without a value. */
function withHeaders(...headers: readonly (readonly [string, string | null])[]) {
  const writer = new ByteWriter(100).int8(0).varint(0).varint(0).bytes(null).bytes(null);
  writer.varint(headers.length);
  for (const [name, value] of headers) writer.bytes(name).bytes(value);
  return decodeRecord(writer.buffer.subarray(0, writer.at), BATCH).headers;
}

test('a header without a value counts as absent, and of several the first counts', () => {
  assert.deepEqual(withHeaders(['none', null], ['id', 'a']), { id: 'a' });
  assert.deepEqual(withHeaders(['id', null], ['id', 'b'], ['id', 'c']), { id: 'b' });
});

test('a header may have the name of what every object has', () => {
  assert.deepEqual(Object.entries(withHeaders(['constructor', 'a'])), [['constructor', 'a']]);
  assert.deepEqual(Object.entries(withHeaders(['__proto__', 'a'], ['id', 'b'])), [['id', 'b']]);
});

test('kafkajs reads records by it', () => {
  patchRecordDecoder();
  assert.notEqual(internalModule(`${PATH}/decoder`), theirs);
});
