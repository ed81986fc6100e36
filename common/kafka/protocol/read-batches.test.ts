import assert from 'node:assert/strict';
import { isUtf8 } from 'node:buffer';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { compressFrameSync } from 'lz4-napi';
import { compressSync as compressSnappy } from 'snappy';
import fc from '../../../test/support/property.ts';
import { aBatch, xerial } from '../../../test/support/record-batch.ts';
import { ByteWriter } from './byte-writer.ts';
import { findRecords, unpack } from './decode-records.ts';
import type { BatchContext, PackedRecord } from '../log-record.ts';
import { fixFetchedRecords } from '../fixes/fetched-records.ts';
import { internalModule } from '../internals.ts';
import { readBatches, responseBudget } from './read-batches.ts';

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
  baseOffset: fc.nat({ max: 2 ** 50 }),
  lastOffset: fc.constant(2 ** 52),
  baseTimestampMs: fc.nat({ max: 2 ** 45 }),
  maxTimestampMs: fc.nat({ max: 2 ** 45 }),
  isLogAppendTime: fc.boolean(),
  isControlBatch: fc.boolean(),
  inTransaction: fc.boolean(),
  producerId: fc.constant('-1'),
});
const CONTEXT: BatchContext = {
  ...{ baseOffset: 0, lastOffset: 0, baseTimestampMs: 0, maxTimestampMs: 0, producerId: '-1' },
  ...{ isLogAppendTime: false, isControlBatch: false, inTransaction: false },
};

test('a record is read as kafkajs itself reads it, keys and headers as text, bytes of a key in digits', () => {
  fc.assert(
    fc.property(record, context, (one, batch) => {
      const whole = encode(one).buffer;
      const { key, value, headers, ...expected } = theirs(
        new Decoder(new Decoder(whole).readVarIntBytes()),
        {
          firstOffset: String(batch.baseOffset),
          firstTimestamp: String(batch.baseTimestampMs),
          maxTimestamp: String(batch.maxTimestampMs),
          timestampType: batch.isLogAppendTime ? 1 : 0,
        },
      );
      const texts = Object.entries(headers).map(([name, given]) => {
        const first = Array.isArray(given) ? (given as Value[])[0] : given;
        return [name, String(first)];
      });
      const [found] = findRecords(whole, 1, batch) as [PackedRecord];
      assert.deepEqual(found.key, batch.isControlBatch ? key : null);
      assert.equal(found.isControlRecord, batch.isControlBatch);
      assert.deepEqual(unpack(found, 't', 3), {
        ...{ topic: 't', partition: 3, value },
        offset: Number(expected.offset),
        key: key && (isUtf8(key) ? key.toString() : `0x${key.toString('hex')}`),
        headers: Object.fromEntries(texts),
        timestampMs: Number(expected.timestamp),
      });
    }),
  );
});

const unpacked = (record: PackedRecord | undefined) => unpack(record as PackedRecord, 't', 0);

test('a value does not keep its batch in memory, nor a batch the whole response', async () => {
  // A smaller buffer would share its memory with the next one.
  const response = aBatch(0, ['a'.repeat(100_000), 'b']);
  const [record] = await read(response);
  assert.notEqual(record?.batch.buffer, response.buffer);
  assert.notEqual(unpacked(record).value?.buffer, record?.batch.buffer);
});

test('small compressed batches keep no more memory than they need', async () => {
  for (const [codec, compress] of [
    [1, gzipSync],
    [4, zstdCompressSync],
  ] as const) {
    const value = 'x'.repeat(300);
    const batches = Array.from({ length: 500 }, (_, n) => aBatch(n, [value], { codec, compress }));
    const records = await read(Buffer.concat(batches));
    assert.equal(records.length, 500);
    const buffers = new Set(records.map(({ batch }) => batch.buffer));
    const kept = [...buffers].reduce((sum, { byteLength }) => sum + byteLength, 0);
    assert.ok(kept < 500 * 1_000, `${kept} bytes`);
  }
});

/** A record with these headers; kafkajs itself writes none without a value. */
function withHeaders(...headers: readonly (readonly [string, string | null])[]) {
  const writer = new ByteWriter(100).int8(0).varint(0).varint(0).bytes(null).bytes(null);
  writer.varint(headers.length);
  for (const [name, value] of headers) writer.bytes(name).bytes(value);
  const body = writer.buffer.subarray(0, writer.at);
  const whole = new ByteWriter(200).bytes(body);
  return unpacked(findRecords(whole.buffer.subarray(0, whole.at), 1, CONTEXT)[0]).headers;
}

test('a header without a value counts as absent, and of several the first counts', () => {
  assert.deepEqual(withHeaders(['none', null], ['id', 'a']), { id: 'a' });
  assert.deepEqual(withHeaders(['id', null], ['id', 'b'], ['id', 'c']), { id: 'b' });
});

test('a header may have the name of what every object has', () => {
  assert.deepEqual(Object.entries(withHeaders(['constructor', 'a'])), [['constructor', 'a']]);
  assert.deepEqual(Object.entries(withHeaders(['__proto__', 'a'], ['id', 'b'])), [['id', 'b']]);
});

const read = (...batches: Buffer[]) => readBatches(Buffer.concat(batches), responseBudget());
const seen = (records: readonly PackedRecord[]) =>
  records.map(unpacked).map(({ offset, value, undecodable }) => {
    return undecodable ? undecodable : `${offset} ${String(value)}`;
  });
const TOO_MUCH = 33 * 1024 ** 2;
const TWO = ['0 a', '1 b'];

const codecs: readonly [name: string, codec: number, compress: (all: Buffer) => Buffer][] = [
  ['nothing', 0, (all) => all],
  ['gzip', 1, (all) => gzipSync(all)],
  ['snappy without a frame, as librdkafka does', 2, (all) => compressSnappy(all)],
  ['snappy in blocks of xerial, as Java does', 2, (all) => xerial(all, 9)],
  ['lz4', 3, (all) => compressFrameSync(all)],
  ['zstd', 4, (all) => zstdCompressSync(all)],
];
for (const [title, codec, compress] of codecs) {
  test(`a batch compressed with ${title} is read`, async () => {
    assert.deepEqual(seen(await read(aBatch(0, ['a', 'b'], { codec, compress }))), TWO);
  });
  if (codec === 0) continue;
  test(`a batch of ${title} that is damaged is named, and those around it are read`, async () => {
    const damage = (all: Buffer) => {
      const compressed = compress(all);
      return compressed.subarray(0, compressed.length - 6);
    };
    const damaged = aBatch(2, ['c', 'd', 'e'], { codec, compress: damage });
    const [first, second, bad, last] = seen(
      await read(aBatch(0, ['a', 'b']), damaged, aBatch(5, ['f'])),
    );
    assert.deepEqual([first, second, last], [...TWO, '5 f']);
    const { reason, ...range } = bad as { reason: string };
    assert.deepEqual(range, { firstOffset: 2, lastOffset: 4 });
    assert.match(reason, new RegExp(`^${title.split(' ')[0]}: .`));
  });
  test(`a batch of ${title} that would become too large is not decompressed`, async () => {
    const bomb = aBatch(0, ['x'], { codec, compress: () => compress(Buffer.alloc(TOO_MUCH)) });
    const [bad, last] = await read(bomb, aBatch(1, ['a']));
    assert.match(String(bad?.undecodable?.reason), /would become larger than 33554432 bytes/);
    assert.equal(String(unpacked(last).value), 'a');
  });
}

/** Cut in the middle of a record, each half compressed by itself. */
const inTwo = (compress: (all: Buffer) => Buffer) => (all: Buffer) =>
  Buffer.concat([compress(all.subarray(0, 9)), compress(all.subarray(9))]);

test('a batch in several zstd frames or gzip members is read as a whole', async () => {
  const zstd = { codec: 4, compress: inTwo(zstdCompressSync) };
  const gzip = { codec: 1, compress: inTwo((all) => gzipSync(all)) };
  const batches = [aBatch(0, ['a', 'b'], zstd), aBatch(2, ['c', 'd'], gzip)];
  assert.deepEqual(seen(await read(...batches)), [...TWO, '2 c', '3 d']);
});

test('several zstd frames together may not become too large either', async () => {
  const half = zstdCompressSync(Buffer.alloc(TOO_MUCH / 2));
  const compress = () => Buffer.concat([half, half]);
  const [bad] = await read(aBatch(0, ['a'], { codec: 4, compress }));
  assert.match(String(bad?.undecodable?.reason), /would become larger than 33554432 bytes/);
});

test('what follows an LZ4 frame, or bytes that are no zstd frame, make the batch undecodable', async () => {
  const lz4 = { codec: 3, compress: inTwo((all) => compressFrameSync(all)) };
  const more = (all: Buffer) => Buffer.concat([zstdCompressSync(all), Buffer.from('more')]);
  const zstd = { codec: 4, compress: more };
  for (const options of [lz4, zstd]) {
    const [bad, last] = await read(aBatch(0, ['a', 'b'], options), aBatch(2, ['c']));
    assert.deepEqual([bad?.undecodable?.firstOffset, bad?.offset, last?.offset], [0, 1, 2]);
  }
});

const faults: readonly [title: string, batch: Buffer, reason: RegExp][] = [
  ['a wrong checksum', flipped(aBatch(2, ['c', 'd']), 70), /checksum is wrong/],
  ['an unknown codec', aBatch(2, ['c', 'd'], { codec: 6 }), /codec 6 is unknown/],
  ['more records than it says', aBatch(2, ['c', 'd'], { count: 1 }), /more than its 1 records/],
  ['fewer records than it says', aBatch(2, ['c', 'd'], { count: 3 }), /end too early/],
  ['an offset beyond its end', aBatch(2, ['c', 'd'], { step: 5 }), /offset 7 does not follow 2/],
  [
    'a record of another length',
    aBatch(2, ['c', 'd'], { extraLength: -1 }),
    /record 2 has another length|does not fit/,
  ],
];
for (const [title, batch, reason] of faults) {
  test(`a batch with ${title} is named, and the next one is read`, async () => {
    const [bad, last] = await read(batch, aBatch(4, ['e']));
    assert.match(String(bad?.undecodable?.reason), reason);
    assert.deepEqual([bad?.undecodable?.firstOffset, bad?.offset], [2, 3]);
    assert.equal(last?.offset, 4);
  });
}

test('whatever bytes are damaged, reading ends, and names no offset beyond the batch', async () => {
  const batch = aBatch(2, ['c', 'd', 'e']);
  await fc.assert(
    fc.asyncProperty(fc.nat({ max: batch.length - 12 }), fc.nat({ max: 254 }), async (at, by) => {
      const damaged = flipped(batch, 12 + (at % (batch.length - 12)), by + 1);
      const records = await read(damaged, aBatch(5, ['f']));
      for (const { offset } of records) assert.ok(offset >= 2 && offset <= 5);
    }),
  );
});

test('a million headers that are not there end with the batch', () => {
  const writer = new ByteWriter(20).int8(0).varint(0).varint(0).bytes(null).bytes(null);
  writer.varint(2 ** 30);
  const whole = new ByteWriter(40).bytes(writer.buffer.subarray(0, writer.at));
  const all = whole.buffer.subarray(0, whole.at);
  assert.throws(() => findRecords(all, 1, CONTEXT), /end too early/);
});

test('a batch that is cut off is left for the next fetch', async () => {
  const cut = aBatch(2, ['c']);
  for (const length of [1, 16, 60, cut.length - 1]) {
    assert.deepEqual(seen(await read(aBatch(0, ['a', 'b']), cut.subarray(0, length))), TWO);
  }
});

test('the position moves past what compaction has taken from the end of a batch', async () => {
  const [kept, gap] = await read(aBatch(0, ['a'], { lastDelta: 9 }));
  assert.deepEqual([kept?.offset, kept?.isControlRecord], [0, false]);
  assert.deepEqual([gap?.offset, gap?.isControlRecord, gap?.undecodable], [9, true, undefined]);
  const [empty] = await read(aBatch(0, [], { lastDelta: 3 }));
  assert.deepEqual([empty?.offset, empty?.isControlRecord], [3, true]);
});

test('a batch of very many records is read', async () => {
  // More than a call may have arguments.
  const values = Array.from({ length: 150_000 }, () => 'v');
  assert.equal((await read(aBatch(0, values))).length, values.length);
});

test('a response that would become too large is read in part, the rest with the next', async () => {
  const large = aBatch(0, ['x'.repeat(30 * 1024 ** 2)], { codec: 4, compress: zstdCompressSync });
  // The offset of a batch is not part of its checksum.
  const batches = [0, 1, 2, 3].map((offset) => {
    const batch = Buffer.from(large);
    batch.writeBigInt64BE(BigInt(offset), 0);
    return batch;
  });
  const budget = responseBudget();
  const records = await readBatches(Buffer.concat(batches), budget);
  assert.deepEqual(
    records.map(({ offset }) => offset),
    [0, 1, 2],
  );
  assert.deepEqual(await readBatches(aBatch(0, ['a']), budget), []);
});

test('kafkajs reads what it has fetched by it', () => {
  const path = 'protocol/requests/fetch/v4/decodeMessages';
  const before = internalModule(path);
  fixFetchedRecords();
  assert.notEqual(internalModule(path), before);
});

function flipped(batch: Buffer, at: number, by = 1): Buffer {
  const copy = Buffer.from(batch);
  copy[at] = (copy[at] as number) ^ by;
  return copy;
}
