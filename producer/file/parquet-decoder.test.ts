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

const decoderOf = (bytes: Buffer) =>
  ParquetDecoder.open({
    byteLength: bytes.length,
    slice: (start, end) => Uint8Array.from(bytes.subarray(start, end)).buffer,
  });

/** Texts of a file, as they are decoded one after the other. */
async function textsOf(bytes: Buffer): Promise<string[]> {
  const decoder = await decoderOf(bytes);
  const texts: string[] = [];
  for (let row = 0; row < decoder.rows;) {
    const { text, nextRow } = await decoder.rowsFrom(row);
    assert.equal(text.split('\n').length - 1, nextRow - row);
    texts.push(text);
    row = nextRow;
  }
  return texts;
}

const linesOf = async (bytes: Buffer) => (await textsOf(bytes)).join('').split('\n').slice(0, -1);

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
