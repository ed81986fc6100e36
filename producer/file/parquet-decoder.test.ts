import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parquet } from '../../test/support/parquet.ts';
import { ParquetDecoder } from './parquet-decoder.ts';
import { parquetRows } from './parquet-row.ts';

/** Codes of types in the metadata, as the protocol writes them. */
const [UTF8, ENUM, JSON_TYPE] = [0, 8, 38];

/** Changes the type of a column that was written as an enum, whose bytes may be any. */
function retyped(file: Buffer, column: string, type: number): Buffer {
  const bytes = Buffer.from(file);
  const metadata = bytes.length - 8 - bytes.readUInt32LE(bytes.length - 8);
  const name = bytes.indexOf(Buffer.from([column.length, ...Buffer.from(column)]), metadata);
  bytes[bytes.indexOf(ENUM, name + 1 + column.length)] = type;
  return bytes;
}

const latin1 = (text: string) => Buffer.from(text, 'latin1');
const element = (name: string, more: object) => ({ name, repetition_type: 'OPTIONAL', ...more });

const decoderOf = (bytes: Buffer, onPart = () => {}) =>
  ParquetDecoder.open({
    byteLength: bytes.length,
    slice: (start, end) => {
      onPart();
      return Uint8Array.from(bytes.subarray(start, end)).buffer;
    },
  });

/** Texts of a file, as they are decoded one after the other. */
async function textsOf(decoder: ParquetDecoder): Promise<string[]> {
  const texts: string[] = [];
  for (let row = 0; row < decoder.rows;) {
    const { text, nextRow } = await decoder.rowsFrom(row);
    assert.equal(text.split('\n').length - 1, nextRow - row);
    texts.push(text);
    row = nextRow;
  }
  return texts;
}

const linesOf = async (bytes: Buffer) =>
  (await textsOf(await decoderOf(bytes))).join('').split('\n').slice(0, -1);

test('a value that cannot be sent rejects its row, with the column and what it holds', async () => {
  const text = { type: 'BYTE_ARRAY', converted_type: 'ENUM' };
  const schema = [
    { name: 'root', num_children: 5 },
    element('user_id', text),
    element('alert_message', text),
    element('at', { type: 'INT64', converted_type: 'TIMESTAMP_MICROS' }),
    element('on', { type: 'INT32', converted_type: 'DATE' }),
    element('doc', text),
  ];
  const columns = [
    { name: 'user_id', data: ['Jos\xe9', 'Jos\xe8', 'u', '\xef\xbb\xbfv', 'w'].map(latin1) },
    { name: 'alert_message', data: ['a', 'b', 'c', 'd', '\xef\xbb\xbfe'].map(latin1) },
    { name: 'at', data: [1n, 1n, 2n ** 63n - 1n, 1n, 1n] },
    { name: 'on', data: [1, 1, 2 ** 31 - 1, 1, 1] },
    { name: 'doc', data: ['{}', '{}', '{a}', '{}', '{}'].map(latin1) },
  ];
  const written = parquet(columns as never, { schema: schema as never });
  const lines = await linesOf(retyped(retyped(written, 'user_id', UTF8), 'doc', JSON_TYPE));
  const years = 'is outside the years -271821 to 275760';
  const deliveries = lines.map((line) => parquetRows.deliveryOf([line]));
  assert.deepEqual(deliveries.slice(0, -1), [
    'user_id is not valid UTF-8',
    'user_id is not valid UTF-8',
    `at ${years}; on ${years}; doc is not a JSON text`,
    'user_id begins with a byte order mark',
  ]);
  assert.match(String(lines.at(-1)), /^\{"user_id":"w","alert_message":"\ufeffe",/);
  const [first, , third] = lines.map((line) => line.replace(/^[^{]*/, ''));
  assert.match(String(first), /^\{"user_id":"Sm9z6Q==","alert_message":"a",/);
  const shown = '{"user_id":"u","alert_message":"c","at":"9223372036854775807","on":"2147483647",';
  assert.equal(third, `${shown}"doc":"{a}"}]`);
});

test('a long text that many rows share is written out for some at once, not for all', async () => {
  const numbers = Array.from({ length: 5_000 }, (_, n) => n);
  const messages = numbers.map((n) => (n < 2_000 ? 'short' : 'x'.repeat(10_000)));
  const bytes = parquet([
    { name: 'user_id', data: numbers.map((n) => `u${n}`), type: 'STRING' },
    { name: 'alert_message', data: messages, type: 'STRING' },
  ]);
  assert.ok(bytes.length < 100_000);
  const texts = await textsOf(await decoderOf(bytes));
  assert.ok(Math.max(...texts.map(({ length }) => length)) < 5_000_000);
  const lines = numbers.map((n) => `{"user_id":"u${n}","alert_message":"${messages[n]}"}\n`);
  assert.ok(texts.join('') === lines.join(''));
});

test('a file with lists is decoded in few parts, each of which decodes all its lists', async () => {
  const rows = 60_000;
  const numbers = Array.from({ length: rows }, (_, n) => n);
  const schema = [
    { name: 'root', num_children: 3 },
    element('user_id', { type: 'INT32' }),
    element('alert_message', { type: 'INT32' }),
    element('tags', { converted_type: 'LIST', num_children: 1 }),
    { name: 'list', repetition_type: 'REPEATED', num_children: 1 },
    element('element', { type: 'INT32' }),
  ];
  const columns = [
    { name: 'user_id', data: numbers },
    { name: 'alert_message', data: numbers },
    { name: 'tags', data: numbers.map((n) => [n, n + 1]) },
  ];
  const bytes = parquet(columns as never, { schema: schema as never, rowGroupSize: rows });
  let parts = 0;
  const decoder = await decoderOf(bytes, () => (parts += 1));
  const opening = parts;
  const lines = (await textsOf(decoder)).join('').split('\n');
  assert.equal(lines.at(-2), `{"user_id":"59999","alert_message":"59999","tags":[59999,60000]}`);
  // Each of the two columns of a window, or the three, is asked for; 10,000 rows at once were six.
  assert.ok(parts - opening <= 9, `${parts - opening} parts`);
});

test('a map keeps all its entries, also those that an object would lose', async () => {
  const schema = [
    { name: 'root', num_children: 3 },
    element('user_id', { type: 'INT32' }),
    element('alert_message', { type: 'INT32' }),
    element('m', { converted_type: 'MAP', num_children: 1 }),
    { name: 'key_value', repetition_type: 'REPEATED', num_children: 2 },
    { name: 'key', repetition_type: 'REQUIRED', type: 'BYTE_ARRAY', converted_type: 'UTF8' },
    element('value', { type: 'INT32' }),
  ];
  const entries = (...names: string[]) => names.map((key, value) => ({ key, value }));
  const maps = [entries('__proto__', 'a', 'a'), [], null, entries('b')];
  const columns = [
    { name: 'user_id', data: [1, 2, 3, 4] },
    { name: 'alert_message', data: [1, 2, 3, 4] },
    { name: 'm', data: maps },
  ];
  const lines = await linesOf(parquet(columns as never, { schema: schema as never }));
  assert.deepEqual(
    lines.map((line) => line.replace(/.*"m":/, '')),
    ['{"__proto__":0,"a":1,"a":2}}', '{}}', 'null}', '{"b":0}}'],
  );
});
