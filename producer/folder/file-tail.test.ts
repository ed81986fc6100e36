import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { FileKind } from '../file/file-kinds.ts';
import { isUnfinished } from './file-tail.ts';

const dir = mkdtempSync(join(tmpdir(), 'hookline-tail-'));
after(() => rmSync(dir, { recursive: true }));

const gz = gzipSync('user_id,alert_message\nu,m\n'.repeat(100));
const zst = zstdCompressSync('user_id,alert_message\nu,m\n'.repeat(100));
const line = '{"user_id":"u","alert_message":"m"}';
const ends: readonly [title: string, content: Buffer | string, FileKind, unfinished: boolean][] = [
  ['a whole gzip file', gz, 'compressed', false],
  ['half a gzip file', gz.subarray(0, -9), 'compressed', true],
  ['a whole zstd file', zst, 'compressed', false],
  ['half a zstd file', zst.subarray(0, -9), 'compressed', true],
  ['an archive without bytes', '', 'compressed', true],
  ['more than is tried', Buffer.concat([gz, Buffer.alloc(17_000_000)]), 'compressed', true],
  ['whole JSON lines', `${line}\n${line}\n`, 'jsonl', false],
  ['a whole Parquet file', 'PAR1….PAR1', 'parquet', false],
  ['a Parquet file that is written', 'PAR1….', 'parquet', true],
  ['a JSON line without its end', `${line}\n${line}`, 'jsonl', true],
];
for (const [title, content, kind, unfinished] of ends) {
  test(`${title}: ${unfinished ? 'more may come' : 'finished'}`, async () => {
    const path = join(dir, 'x');
    await writeFile(path, content);
    assert.equal(await isUnfinished(Buffer.from(path), kind, 1_000), unfinished);
  });
}
