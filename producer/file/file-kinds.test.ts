import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileKind, rowsKind } from './file-kinds.ts';
import type { FileKind, RowsKind } from './file-kinds.ts';

const names: readonly [name: string, rows: RowsKind | null, kind: FileKind | null][] = [
  ['a.csv', 'csv', 'csv'],
  ['A.TSV', 'csv', 'csv'],
  ['a.txt', 'csv', 'csv'],
  ['a.jsonl', 'jsonl', 'jsonl'],
  ['a.b.NDJSON', 'jsonl', 'jsonl'],
  ['a.csv.gz', 'csv', 'compressed'],
  ['a.csv.ZST', 'csv', 'compressed'],
  ['a.jsonl.zst', 'jsonl', 'compressed'],
  ['a.Parquet', 'parquet', 'parquet'],
  ['a.parquet.gz', null, null],
  ['a.gz', null, null],
  ['a.csv.bz2', null, null],
  ['a.csv.gz.gz', null, null],
  ['a.xlsx', null, null],
  ['a.json', null, null],
  ['csv', null, null],
];
for (const [name, rows, kind] of names) {
  test(`${name} is ${kind ?? 'not read'}, its rows ${rows ?? 'unknown'}`, () => {
    assert.equal(rowsKind(name), rows);
    assert.equal(fileKind(name), kind);
  });
}
