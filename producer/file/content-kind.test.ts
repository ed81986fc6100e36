import assert from 'node:assert/strict';
import { test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { binaryKind, whyNotText, compressionOf, foreignText } from './content-kind.ts';

const HEADER = 'user_id,alert_message';
const tar = Buffer.alloc(512);
tar.write('a.csv');
tar.write('ustar', 257);

const binaries: readonly [title: string, head: Buffer, kind: RegExp | null][] = [
  ['an Excel workbook', Buffer.from('PK\x03\x04\x14\x00', 'latin1'), /ZIP archive, such as \.xlsx/],
  [
    'an old Excel workbook',
    Buffer.from('d0cf11e0a1b11ae1', 'hex'),
    /old Office file, such as \.xls/,
  ],
  ['Parquet', Buffer.from('PAR1\x15\x04', 'latin1'), /Parquet/],
  ['Avro', Buffer.from('Obj\x01\x04', 'latin1'), /Avro/],
  ['ORC', Buffer.from('ORC\x0a', 'latin1'), /ORC/],
  ['PDF', Buffer.from('%PDF-1.7\n', 'latin1'), /PDF/],
  ['bzip2', Buffer.from('BZh91AY', 'latin1'), /bzip2.*compress with gzip or zstd/],
  ['xz', Buffer.from('fd377a585a0000', 'hex'), /xz archive/],
  ['lz4', Buffer.from('04224d18', 'hex'), /lz4/],
  ['7z', Buffer.from('377abcaf271c', 'hex'), /7z/],
  ['SQLite', Buffer.from('SQLite format 3\0', 'latin1'), /SQLite/],
  ['tar', tar, /tar archive/],
  ['a picture', Buffer.from('89504e470d0a1a0a', 'hex'), /PNG picture/],
  ['UTF-16', Buffer.from(`\ufeff${HEADER}\n`, 'utf16le'), /UTF-16 text; save it as UTF-8/],
  ['UTF-16 without a mark', Buffer.from(`${HEADER}\n`, 'utf16le'), /UTF-16 .*without/],
  ['UTF-32', Buffer.from('fffe000075000000', 'hex'), /UTF-32/],
  ['a NUL in a line of text', Buffer.from(`${HEADER}\0\n`), /NUL byte/],
  ['Latin-1', Buffer.from('user_id,alert_message,stra\u00dfe\n', 'latin1'), /not UTF-8/],
  ['text', Buffer.from(`${HEADER}\nu,m\n`), null],
  ['text with invalid bytes in a later line', Buffer.from(`${HEADER}\nu,\u00ff\n`, 'latin1'), null],
  ['text with a mark', Buffer.from(`\ufeff${HEADER}`), null],
  ['nothing', Buffer.alloc(0), null],
];
for (const [title, head, kind] of binaries) {
  test(`${title} is ${kind === null ? 'no binary file' : 'named'}`, () => {
    const found = whyNotText(head, true) ?? binaryKind(head);
    if (kind === null) assert.equal(found, null);
    else assert.match(found ?? '', kind);
  });
}

test('a beginning that is cut within a character is text', () => {
  const cut = Buffer.from('x🎉').subarray(0, 3);
  assert.equal(whyNotText(cut, false), null);
  assert.match(whyNotText(cut, true) ?? '', /not UTF-8/);
});

const texts: readonly [head: string, kind: RegExp | null][] = [
  ['<!DOCTYPE html>\n<html>', /HTML page/],
  ['<html lang="en">', /HTML page/],
  ['<?xml version="1.0"?>', /XML/],
  ['<Error><Code>AccessDenied</Code>', /XML/],
  ['[\n  {"user_id": "u"}', /JSON array/],
  ['[{"user_id":"u"}]', /JSON array/],
  ['{"user_id":"u"}\n', /named \.jsonl/],
  ['{\n  "rows": [', /named \.jsonl/],
  ['INSERT INTO alerts VALUES (1);', /SQL/],
  ['-- MariaDB dump\n\nCREATE TABLE x (', /SQL/],
  ['COPY public.alerts (user_id) FROM stdin;', /SQL/],
  [`${HEADER}\n`, null],
  ['"user_id","alert_message"\n', null],
  ['[user_id],[alert_message]\n', null],
  ['name,text\n', null],
  ['set,value\n', null],
];
for (const [head, kind] of texts) {
  test(`the text ${JSON.stringify(head)} is ${kind === null ? 'perhaps a table' : 'named'}`, () => {
    const found = foreignText(head);
    if (kind === null) assert.equal(found, null);
    else assert.match(found ?? '', kind);
  });
}

test('compression is known by the first bytes', () => {
  assert.equal(compressionOf(gzipSync('x')), 'gzip');
  assert.equal(compressionOf(zstdCompressSync('x')), 'zstd');
  assert.equal(compressionOf(Buffer.from('532a4d1804000000', 'hex')), 'zstd');
  assert.equal(compressionOf(Buffer.from(HEADER)), null);
  assert.equal(compressionOf(Buffer.alloc(0)), null);
});
