import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from 'csv-parse/sync';
import { createRowSource, ROW_BYTES_MAX } from './csv-rows.ts';

const NO_LIMIT = { rowsMax: Infinity, bytesMax: Infinity };

function rowsOf(users: number, seed: number, count: number): string {
  const buffer = Buffer.alloc((count + 1) * ROW_BYTES_MAX);
  const { bytes } = createRowSource({ users, seed }).fill(buffer, { ...NO_LIMIT, rowsMax: count });
  return buffer.toString('utf8', 0, bytes);
}

test('every user has a row among the first, and only those users come', () => {
  const rows: string[][] = parse(rowsOf(50, 1, 500));
  assert.equal(rows.length, 500);
  assert.equal(new Set(rows.slice(0, 50).map(([user]) => user)).size, 50);
  assert.equal(new Set(rows.map(([user]) => user)).size, 50);
});

test('rows put a CSV reader to the test: commas, quotes, no ASCII, but no line end within', () => {
  const text = rowsOf(5, 1, 500);
  const messages = (parse(text) as string[][]).map(([, message]) => message ?? '');
  for (const pattern of [/,/, /"/, /;/, /[^\x20-\x7e]/]) {
    assert.ok(
      messages.some((message) => pattern.test(message)),
      String(pattern),
    );
  }
  assert.equal(text.split('\n').length, 501);
  assert.equal(new Set(messages).size, 500);
});

test('the seed decides the content', () => {
  assert.equal(rowsOf(50, 7, 500), rowsOf(50, 7, 500));
  assert.notEqual(rowsOf(50, 7, 500), rowsOf(50, 8, 500));
  assert.notEqual(rowsOf(50, 0, 500), rowsOf(50, 1, 500));
});

test('no row is longer than the bound, even with the longest numbers', () => {
  const longest = Math.max(
    ...rowsOf(100_000_000, 1, 2_000)
      .split('\n')
      .map((line) => Buffer.byteLength(line)),
  );
  assert.ok(longest + '10000000000'.length <= ROW_BYTES_MAX, `${longest} bytes`);
});

test('a buffer is filled with whole rows, and the next one goes on where it ended', () => {
  const source = createRowSource({ users: 50, seed: 1 });
  const buffer = Buffer.alloc(1_000);
  let text = '';
  for (let fills = 0; fills < 10; fills += 1) {
    const { rows, bytes } = source.fill(buffer, NO_LIMIT);
    const piece = buffer.toString('utf8', 0, bytes);
    assert.equal(piece.split('\n').length - 1, rows);
    text += piece;
  }
  assert.equal(text, rowsOf(50, 1, text.split('\n').length - 1));
});

test('it ends on the row that reaches the bytes', () => {
  const buffer = Buffer.alloc(10_000);
  const limits = { rowsMax: Infinity, bytesMax: 1_000 };
  const { rows, bytes } = createRowSource({ users: 5, seed: 1 }).fill(buffer, limits);
  assert.ok(bytes >= 1_000 && bytes < 1_000 + ROW_BYTES_MAX);
  assert.ok(Buffer.byteLength(rowsOf(5, 1, rows - 1)) < 1_000);
});
