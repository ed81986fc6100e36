import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { CODECS, parquet, parquetRows } from '../../test/support/parquet.ts';
import { openFile } from './open-file.ts';
import type { OpenFile } from './open-file.ts';
import { whyRowGroupTooLarge } from './parquet-columns.ts';
import { ParquetSource } from './parquet-source.ts';
import { readBatches } from './read-batches.ts';
import type { Batch } from './batch-builder.ts';

const LIMITS = { fileBytesMax: 100_000_000, recordBytesMax: 1_000_000 };
const USER = { name: 'user_id', data: ['u'] };
const MESSAGE = { name: 'alert_message', data: ['m'] };

const stored = (bytes: Buffer) => ({
  bytes: bytes.length,
  read: (target: Buffer, position: number) => Promise.resolve(bytes.copy(target, 0, position)),
  close: () => Promise.resolve(),
});

const openBytes = (bytes: Buffer) =>
  openFile(() => Promise.resolve(stored(bytes)), 'x.parquet', LIMITS);

/** Opens a file, which is closed with the test. */
async function opened(t: TestContext, bytes: Buffer): Promise<OpenFile> {
  const file = await openBytes(bytes);
  assert.ok(!('code' in file), 'message' in file ? file.message : '');
  t.after(() => file.source.close());
  return file;
}

async function textOf({ source }: Pick<OpenFile, 'source'>, from = 0, chunkBytes = 65_536) {
  const chunk = Buffer.alloc(chunkBytes);
  let text = Buffer.alloc(0);
  for (let read; (read = await source.read(chunk, from + text.length)) > 0;) {
    text = Buffer.concat([text, chunk.subarray(0, read)]);
  }
  return text.toString();
}

/** Deliveries and rejected rows of a file, from a place on. */
async function batchesOf(t: TestContext, bytes: Buffer, from?: Batch) {
  const file = await opened(t, bytes);
  const batches: Batch[] = [];
  const target = {
    ...{ fileId: 'F', topic: 't', partitions: () => 1, messageBytesMax: 1_000_000 },
    ...{ whyTooLarge: () => null, startSpan: () => undefined },
  };
  const before = from
    ? { place: from.next, ...from.counted }
    : { place: file.firstRow, rows: 0, otherHeaderLine: null };
  for await (const batch of readBatches(file, before, target)) batches.push(batch);
  return batches;
}

const element = (name: string, more: object) =>
  ({ name, repetition_type: 'OPTIONAL', ...more }) as never;

const types: readonly [title: string, more: object, value: unknown, expected: string][] = [
  ['INT64', { type: 'INT64' }, 9_007_199_254_740_993n, '9007199254740993'],
  ['UINT_32', { type: 'INT32', converted_type: 'UINT_32' }, 4_000_000_000, '4000000000'],
  ['DOUBLE', { type: 'DOUBLE' }, 0.1, '0.1'],
  ['FLOAT', { type: 'FLOAT' }, Math.fround(0.1), '0.1'],
  ['NaN', { type: 'DOUBLE' }, NaN, '"NaN"'],
  ['BOOLEAN', { type: 'BOOLEAN' }, false, 'false'],
  ['null', { type: 'INT32' }, null, 'null'],
  ['text', { type: 'BYTE_ARRAY', converted_type: 'UTF8' }, 'a "b"\n', '"a \\"b\\"\\n"'],
  ['bytes that are text', { type: 'BYTE_ARRAY' }, Buffer.from('é'), '"é"'],
  ['bytes that are none', { type: 'BYTE_ARRAY' }, Buffer.from([0xff, 0]), '"/wA="'],
  ['JSON', { type: 'BYTE_ARRAY', converted_type: 'JSON' }, { a: [1] }, '{"a":[1]}'],
  ['DATE', { type: 'INT32', converted_type: 'DATE' }, new Date('1969-07-20'), '"1969-07-20"'],
  [
    'TIMESTAMP_MILLIS',
    { type: 'INT64', converted_type: 'TIMESTAMP_MILLIS' },
    new Date('1969-07-20T20:17:40.123Z'),
    '"1969-07-20T20:17:40.123Z"',
  ],
  [
    'TIMESTAMP_MICROS',
    { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' },
    new Date('2026-11-30T12:00:00.001Z'),
    '"2026-11-30T12:00:00.001Z"',
  ],
  [
    'DECIMAL',
    { type: 'INT64', converted_type: 'DECIMAL', scale: 2, precision: 18 },
    123.45,
    '"123.45"',
  ],
  ['TIME_MILLIS', { type: 'INT32', converted_type: 'TIME_MILLIS' }, 3_723_004, '"01:02:03.004"'],
];
for (const [title, more, value, expected] of types) {
  test(`a value of ${title} is ${expected}`, async (t) => {
    const schema = [
      { name: 'root', num_children: 3 },
      ...['user_id', 'alert_message'].map((name) =>
        element(name, { type: 'BYTE_ARRAY', converted_type: 'UTF8' }),
      ),
      element('x', more),
    ];
    const bytes = parquet([USER, MESSAGE, { name: 'x', data: [value] as never }], { schema });
    const line = `{"user_id":"u","alert_message":"m","x":${expected}}\n`;
    assert.equal(await textOf(await opened(t, bytes)), line);
  });
}

test('the text of a file is the same by every codec, in row groups and pages of any size', async (t) => {
  const plain = await textOf(await opened(t, parquetRows(3_000, { codec: 'UNCOMPRESSED' })));
  assert.equal(plain.split('\n').length, 3_001);
  assert.match(plain, /^\{"user_id":"user-1","alert_message":"row 1","n":1\}\n/);
  for (const codec of CODECS) {
    const sizes = { codec, rowGroupSize: 700, pageSize: 1_000 };
    assert.equal(await textOf(await opened(t, parquetRows(3_000, sizes))), plain, codec);
  }
});

test('reading begins anywhere, and goes on after any transaction with the same rows', async (t) => {
  const bytes = parquetRows(45_000, { rowGroupSize: 20_000 });
  const file = await opened(t, bytes);
  const whole = await textOf(file);
  for (const from of [1_000_000, 0, 500_001, 7]) {
    assert.equal(await textOf(file, from, 10_007), whole.slice(from));
  }
  const all = await batchesOf(t, bytes);
  assert.ok(all.length > 2);
  const rowsOf = (batches: readonly Batch[]) =>
    batches.flatMap(({ records }) => records.map(({ headers, value }) => [headers, value]));
  assert.equal(rowsOf(all).length, 45_000);
  for (const [index, batch] of all.entries()) {
    if (batch.isLast) break;
    const rest = await batchesOf(t, bytes, batch);
    assert.deepEqual(rowsOf(rest), rowsOf(all.slice(index + 1)));
  }
});

test('rows are rejected for the reasons that rows of a CSV are, by their number', async (t) => {
  const bytes = parquet([
    { name: 'User_ID', data: [7n, null, 9n, 10n] as never, type: 'INT64' },
    { name: 'alertMessage', data: ['a', 'b', ' ', null] as never, type: 'STRING' },
  ]);
  const [batch] = await batchesOf(t, bytes);
  assert.deepEqual(
    batch?.rejected.map(({ line, reason }) => [line, reason]),
    [
      [2, 'user_id is empty'],
      [3, 'alert_message is empty'],
      [4, 'alert_message is empty'],
    ],
  );
  assert.deepEqual(
    batch?.records.map(({ key, value }) => [key, value]),
    [['7', '{"userId":"7","alertMessage":"a"}']],
  );
  assert.deepEqual(batch?.warnings, []);
});

test('a file without rows is read to its end, without a warning', async (t) => {
  const [batch] = await batchesOf(t, parquetRows(0));
  assert.deepEqual([batch?.isLast, batch?.records, batch?.warnings], [true, [], []]);
});

const whole = parquetRows(2_000, { rowGroupSize: 1_000 });
const refused: readonly [title: string, content: Buffer, code: string, message: RegExp][] = [
  ['no bytes', Buffer.alloc(0), 'file_empty', /no bytes/],
  ['a CSV', Buffer.from('user_id,alert_message\nu,m\n'), 'wrong_format', /begin with PAR1/],
  ['its last byte missing', whole.subarray(0, -1), 'archive_broken', /cut short/],
  ['its beginning only', whole.subarray(0, 9), 'archive_broken', /cut short/],
  ['other columns', parquet([USER]), 'wrong_header', /the columns user_id and alert_message/],
  [
    'a list as its message',
    parquet([USER, { name: 'alert_message', data: [{ a: 1 }] as never, type: 'VARIANT' as never }]),
    'wrong_header',
    /alert_message holds lists or structures/,
  ],
  [
    'metadata that are too large',
    Buffer.concat([whole.subarray(0, -8), Buffer.from([0, 0, 0, 2]), Buffer.from('PAR1')]),
    'file_too_large',
    /metadata/,
  ],
];
for (const [title, content, code, message] of refused) {
  test(`a file with ${title} is refused as ${code}`, async () => {
    const file = await openBytes(content);
    assert.ok('code' in file);
    assert.equal(file.code, code);
    assert.match(file.message, message);
  });
}

test('a row group that is too large is named with its size', () => {
  const group = (bytes: bigint) => ({ total_byte_size: bytes }) as never;
  assert.equal(whyRowGroupTooLarge({ row_groups: [group(256n * 1_048_576n)] }), null);
  const large = whyRowGroupTooLarge({ row_groups: [group(1n), group(300_000_000n)] });
  assert.match(String(large), /row group 2 has 300000000 bytes.*write smaller row groups/);
});

test('a page that is damaged is an error of the file, whatever the codec', async (t) => {
  for (const codec of ['GZIP', 'ZSTD'] as const) {
    const damaged = parquetRows(2_000, { codec, rowGroupSize: 1_000 });
    damaged.fill(0, 200, 600);
    const error = { code: 'archive_broken', message: /the Parquet file/ };
    await assert.rejects(textOf(await opened(t, damaged)), error, codec);
  }
});

test('a thread that is busy for too long is ended, and the file refused', async (t) => {
  const source = ParquetSource.open(stored(parquetRows(9)), 0);
  await assert.rejects(source, { code: 'archive_broken', message: /for more than 0 ms/ });
  const quick = await ParquetSource.open(stored(parquetRows(9)));
  t.after(() => quick.close());
  assert.ok((await quick.read(Buffer.alloc(9), 0)) > 0);
});

test(
  'a read that is under way when the file is closed ends at once',
  { timeout: 10_000 },
  async () => {
    const source = await ParquetSource.open(stored(whole), 60_000);
    const read = source.read(Buffer.alloc(9), 0);
    const rejected = assert.rejects(read, /the file is closed/);
    await source.close();
    await rejected;
  },
);

test('a store that fails is tried again: that says nothing about the file', async (t) => {
  let isAway = false;
  const away = new Error('connection refused');
  const broken = stored(whole);
  const file = await openFile(
    () =>
      Promise.resolve({
        ...broken,
        read: (target: Buffer, at: number) =>
          isAway ? Promise.reject(away) : broken.read(target, at),
      }),
    'x.parquet',
    LIMITS,
  );
  assert.ok(!('code' in file));
  t.after(() => file.source.close());
  isAway = true;
  await assert.rejects(textOf(file), away);
  isAway = false;
  assert.ok((await textOf(file)).length > 0);
});
