import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { mkdir, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { TestContext } from 'node:test';
import type { FileErrorCode } from '../../common/model/file-progress.ts';
import { openDiskFile } from './disk-file.ts';
import { openFile } from './open-file.ts';
import type { OpenFile } from './open-file.ts';
import { RecordParser } from './record-parser.ts';

function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'hookline-file-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

/** The separator that the rows of a file are split at. */
function delimiterOf({ newParser }: OpenFile): string | undefined {
  const parser = newParser(0);
  assert.ok(parser instanceof RecordParser);
  return parser.options.delimiter?.toString();
}

const LIMITS = { fileBytesMax: 1_000_000, recordBytesMax: 10_000 };
const HEADER = 'user_id,alert_message';

const accepted: readonly [
  title: string,
  content: string,
  delimiter: string,
  place: [offset: number, line: number],
][] = [
  ['commas', `${HEADER}\nu,m\n`, ',', [22, 2]],
  ['semicolons', 'user_id;alert_message\nu;m', ';', [22, 2]],
  ['tabs', 'user_id\talert_message\nu\tm', '\t', [22, 2]],
  ['a BOM', `\ufeff${HEADER}\nu,m\n`, ',', [25, 2]],
  ['CRLF', `${HEADER}\r\nu,m\r\n`, ',', [23, 2]],
  ['a header only', `${HEADER}\n`, ',', [22, 2]],
  ['a header without a line break', HEADER, ',', [21, 1]],
  ['blank lines before the header', `\n\r\n${HEADER}\nu,m\n`, ',', [25, 4]],
  ['a quoted header', '"user_id","alert_message"\nu,m\n', ',', [26, 2]],
  ['a line break in a header name', `${HEADER},"a\nb"\nu,m,x\n`, ',', [28, 3]],
  ['semicolons with a comma in a name', 'user_id;alert_message;a,b\n', ';', [26, 2]],
  ["Excel's line of the separator", 'sep=;\r\nuser_id;alert_message\r\nu;m\r\n', ';', [30, 3]],
  ['a BOM and the separator in quotes', `\ufeff"sep=,"\n${HEADER}\nu,m\n`, ',', [33, 3]],
  ['CR CR LF', `${HEADER}\r\r\nu,m\r\r\n`, ',', [24, 2]],
  ['thousands of empty columns', `${HEADER}${','.repeat(3_000)}\n`, ',', [3_022, 2]],
  ['a column that is named like a kind of file', `ORC,${HEADER}\n`, ',', [26, 2]],
  ['commas with semicolons in a name', `${HEADER},a;b;c;d\n`, ',', [30, 2]],
];
for (const [title, content, delimiter, [offset, line]] of accepted) {
  test(`a file with ${title} is opened at its first row`, async (t) => {
    const path = join(tempDir(t), 'x.csv');
    await writeFile(path, content);
    const file = await openFile(() => openDiskFile(path), 'x.csv', LIMITS);
    assert.ok(!('code' in file), JSON.stringify(file));
    await file.source.close();
    assert.equal(delimiterOf(file), delimiter);
    assert.deepEqual(file.firstRow, { offset, line });
    assert.equal(file.source.fileBytes, Buffer.byteLength(content));
  });
}

const refused: readonly [string, string | Buffer, FileErrorCode, message: RegExp][] = [
  ['nothing in it', '', 'file_empty', /no bytes/],
  ['too many bytes', `${HEADER}\n${'x'.repeat(1_000_000)}`, 'file_too_large', /MAX_FILE_BYTES/],
  ['another header', 'name,text\na,b\n', 'wrong_header', /found: "name", "text"/],
  ['another header with tabs', 'name\ttext\na\tb\n', 'wrong_header', /found: "name", "text"/],
  ['no header', 'u1,hello\nu2,hello\n', 'wrong_header', /found: "u1", "hello"/],
  ['a column twice', `${HEADER},user_id\n`, 'wrong_header', /more than one column user_id/],
  ['blank lines only', '\n\n\n', 'wrong_header', /no header line/],
  ['a quote open in the header', 'user_id,"alert_message\nu,m', 'wrong_header', /never closed/],
  ['a header without end', 'x'.repeat(70_000), 'wrong_header', /header line in the first 65536/],
  ['old Mac line breaks', `${HEADER}\ru,m\r`, 'wrong_format', /CR alone, as on old Macs/],
  ['old Mac line breaks and a column', `${HEADER},x\ru,m,y\r`, 'wrong_format', /CR alone/],
  ['a comment before the header', `# made by x\n${HEADER}\n`, 'wrong_header', /is a comment/],
  ['bars', 'user_id|alert_message\nu|m\n', 'wrong_header', /comma, semicolon or tab/],
  ['a separator that is not read', `sep=|\n${HEADER}\n`, 'wrong_header', /comma, semicolon or tab/],
  ['single quotes', "'user_id','alert_message'\n", 'wrong_header', /quotes are double quotes/],
  ['a web page', '<!DOCTYPE html>\n<html>\n', 'wrong_format', /HTML page/],
  ['a JSON array', '[{"user_id":"u","alert_message":"m"}]', 'wrong_format', /JSON array/],
  ['JSON lines', '{"user_id":"u","alert_message":"m"}\n', 'wrong_format', /named \.jsonl/],
  ['a ZIP archive', Buffer.from('504b0304140000000800', 'hex'), 'not_text', /ZIP .*\.xlsx/],
  ['a picture', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'not_text', /PNG/],
  ['NUL bytes', `${HEADER}\0\nu,m\n`, 'not_text', /NUL byte/],
  ['bytes without a line break', Buffer.alloc(70_000, 0xff), 'not_text', /not UTF-8/],
  ['UTF-16', Buffer.from(`\ufeff${HEADER}\nu,m\n`, 'utf16le'), 'not_text', /save it as UTF-8/],
];
for (const [title, content, code, message] of refused) {
  test(`a file with ${title} is refused as ${code}`, async (t) => {
    const path = join(tempDir(t), 'x.csv');
    await writeFile(path, content);
    const file = await openFile(() => openDiskFile(path), 'x.csv', LIMITS);
    assert.ok('code' in file);
    assert.equal(file.code, code);
    assert.match(file.message, message);
  });
}

test('a first line cut off within a character is no reason to call a file binary', async (t) => {
  const path = join(tempDir(t), 'x.csv');
  await writeFile(path, `x${'🎉'.repeat(20_000)}`);
  const file = await openFile(() => openDiskFile(path), 'x.csv', LIMITS);
  assert.ok('code' in file);
  assert.equal(file.code, 'wrong_header');
});

test('a file that is gone, and a folder in its place, are values and no exceptions', async (t) => {
  const dir = tempDir(t);
  const gone = await openFile(() => openDiskFile(join(dir, 'gone.csv')), 'gone.csv', LIMITS);
  assert.equal('code' in gone && gone.code, 'file_missing');
  await mkdir(join(dir, 'folder.csv'));
  const folder = await openFile(() => openDiskFile(join(dir, 'folder.csv')), 'folder.csv', LIMITS);
  assert.equal('code' in folder && folder.code, 'file_unreadable');
});

test('a compressed file is opened by its content, whatever its name', async (t) => {
  const path = join(tempDir(t), 'x');
  for (const content of [gzipSync(`${HEADER}\nu,m\n`), zstdCompressSync(`${HEADER}\nu,m\n`)]) {
    await writeFile(path, content);
    const file = await openFile(() => openDiskFile(path), 'x.csv', LIMITS);
    assert.ok(!('code' in file), JSON.stringify(file));
    await file.source.close();
    assert.deepEqual(file.firstRow, { offset: 22, line: 2 });
  }
});

const line = '{"user_id":"u","alert_message":"m"}';
const jsonLines: readonly [
  title: string,
  content: string | Buffer,
  FileErrorCode | null,
  RegExp?,
][] = [
  ['objects', `${line}\n${line}\n`, null],
  ['a BOM', `\ufeff${line}\n`, null],
  ['blank lines first', `\n\r\n${line}\n`, null],
  ['blank lines only', '\n\n', null],
  ['a bad first line', '{"user_id" "u"}\n', null],
  ['an array', `[${line}]`, 'wrong_format', /JSON array/],
  ['an object over many lines', '{\n  "user_id": "u"\n}\n', 'wrong_format', /whole JSON object/],
  ['a CSV', `${HEADER}\nu,m\n`, 'wrong_format', /begins with user_id/],
  ['a web page', '<!doctype html><title>x</title>', 'wrong_format', /HTML page/],
  ['gzip of a picture', gzipSync(Buffer.from('89504e470d0a1a0a', 'hex')), 'not_text', /PNG/],
  ['nothing', '', 'file_empty'],
  ['gzip of nothing', gzipSync(''), 'file_empty'],
  ['half of a gzip file', gzipSync(line.repeat(9)).subarray(0, 30), 'archive_broken', /cut short/],
];
for (const [title, content, code, message = /./] of jsonLines) {
  test(`JSON lines with ${title}: ${code ?? 'opened'}`, async (t) => {
    const path = join(tempDir(t), 'x');
    await writeFile(path, content);
    const file = await openFile(() => openDiskFile(path), 'x.ndjson.gz', LIMITS);
    if (!('code' in file)) await file.source.close();
    assert.equal('code' in file ? file.code : null, code);
    if ('code' in file) assert.match(file.message, message);
  });
}
