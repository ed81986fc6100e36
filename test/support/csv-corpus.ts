import { gzipSync, zstdCompressSync } from 'node:zlib';
import { parquet } from './parquet.ts';

const HEADER = 'user_id,alert_message\n';

const texts = (name: string, data: readonly (string | null)[]) => ({
  name,
  data: [...data],
  type: 'STRING' as const,
});
/** A file of another codec than the others. */
const columns = parquet(
  [texts('user_id', ['u1', null, 'u3']), texts('alert_message', ['in columns', 'b', 'too'])],
  { codec: 'ZSTD', rowGroupSize: 2 },
);

export interface Outcome {
  readonly state: 'done' | 'failed';
  readonly rows: number;
  /** Messages delivered. */
  readonly messages?: readonly unknown[];
  /** Lines and reasons of the rejected rows. */
  readonly rejected?: readonly (readonly [line: number, reason: RegExp])[];
  readonly code?: string;
  /** Codes of the warnings. */
  readonly warnings?: readonly string[];
}

const oneMegabyte = 'x'.repeat(1024 ** 2);
const ok = (...messages: unknown[]): Outcome => ({
  state: 'done',
  rows: messages.length,
  messages,
});
const failed = (code: string): Outcome => ({ state: 'failed', rows: 0, code });

/**
 * Files and what becomes of each, as docs/files.md says it; MAX_FILE_BYTES is 4,000,000. No two
 * have the same text, as the second would be warned of.
 */
export const CORPUS: Readonly<Record<string, readonly [content: string | Buffer, Outcome]>> = {
  'columns.parquet': [
    columns,
    {
      ...{ state: 'done', rows: 3, messages: ['in columns', 'too'] },
      rejected: [[2, /user_id is empty/]],
    },
  ],
  'cut.parquet': [columns.subarray(0, -9), failed('archive_broken')],
  'other-columns.parquet': [parquet([texts('name', ['a'])]), failed('wrong_header')],
  'no.parquet': [`${HEADER}u1,in a CSV\n`, failed('wrong_format')],
  'parquet.csv': [columns, failed('not_text')],
  'bom.csv': [`\ufeff${HEADER}u1,a\n`, ok('a')],
  'crlf.csv': ['user_id,alert_message\r\nu1,a\r\nu2,b\r\n', ok('a', 'b')],
  'semicolon.csv': ['user_id;alert_message\nu1;a,b\n', ok('a,b')],
  'tab.csv': ['user_id\talert_message\nu1\ta;b\n', ok('a;b')],
  'camel.csv': ['alertMessage,userId\na,u1\n', ok('a')],
  'quotes.csv': [
    `${HEADER}u1,"two\nlines"\nu2,"say ""hi"", then"\n`,
    ok('two\nlines', 'say "hi", then'),
  ],
  'no-newline.csv': [`${HEADER}u1,a`, { ...ok('a'), warnings: ['last_line_unfinished'] }],
  'header-no-newline.csv': [HEADER.trim(), { ...ok(), warnings: ['last_line_unfinished'] }],
  'blank-lines.csv': [`${HEADER}\nu1,a\n\n\nu2,b\n\n`, ok('a', 'b')],
  'header-only.csv': [HEADER, ok()],
  'empty.csv': ['', failed('file_empty')],
  'wrong-header.csv': ['name,text\nu1,a\n', failed('wrong_header')],
  'binary.csv': [Buffer.from('89504e470d0a1a0a0000000d4948', 'hex'), failed('not_text')],
  'utf16.csv': [Buffer.from(`\ufeff${HEADER}u1,a\n`, 'utf16le'), failed('not_text')],
  'too-large.csv': [`${HEADER}${'u1,a\n'.repeat(1_000_000)}`, failed('file_too_large')],
  'missing-columns.csv': [
    `${HEADER}u1\nu2,b\n`,
    { state: 'done', rows: 2, messages: ['b'], rejected: [[2, /2 columns expected, 1 found/]] },
  ],
  'more-columns.csv': [
    `${HEADER}u1,a,b\nu2,b\n`,
    { state: 'done', rows: 2, messages: ['b'], rejected: [[2, /2 columns expected, 3 found/]] },
  ],
  'empty-fields.csv': [
    `${HEADER},a\nu2,\nu3,c\n`,
    {
      state: 'done',
      rows: 3,
      messages: ['c'],
      rejected: [
        [2, /user_id is empty/],
        [3, /alert_message is empty/],
      ],
    },
  ],
  'megabyte.csv': [
    `${HEADER}u1,"${oneMegabyte}"\nu2,b\n`,
    { state: 'done', rows: 2, messages: ['b'], rejected: [[2, /MAX_MESSAGE_BYTES/]] },
  ],
  'stray-quote.csv': [
    `${HEADER}u1,"a\nu2,b\nu3,c\n`,
    {
      ...{ state: 'done', rows: 3, messages: ['b', 'c'], rejected: [[2, /never closed/]] },
      warnings: ['last_line_unfinished'],
    },
  ],
  'invalid-utf8.csv': [
    Buffer.from(`${HEADER}u1,caf\u00e9\nu2,b\n`, 'latin1'),
    { state: 'done', rows: 2, messages: ['b'], rejected: [[2, /not valid UTF-8/]] },
  ],
  'cr-cr-lf.csv': [
    `user_id,alert_message\r\r\nu1,a\r\r\nu2,"b"\r\r\n`,
    { ...ok('a', 'b'), warnings: ['line_end_twice'] },
  ],
  'sep.csv': ['sep=;\r\nuser_id;alert_message\r\nu1;a\r\n', ok('a')],
  'two-files.csv': [
    `\ufeff${HEADER}u1,a\n\ufeff${HEADER}u2,b\n`,
    { state: 'done', rows: 3, messages: ['a', 'b'], rejected: [[3, /the header line again/]] },
  ],
  'two-headers.csv': [
    `${HEADER}u1,a\nalert_message,user_id\nb,u2\n${HEADER}u3,c\n`,
    {
      ...{ state: 'done', rows: 5, messages: ['a', 'c'] },
      rejected: [
        [3, /a header line with other columns/],
        [4, /after a header line with other columns, line 3/],
        [5, /the header line again/],
      ],
    },
  ],
  'no-values.csv': [
    `${HEADER}u1,\\N\n\\N,b\nu3,NULL\nu4,d\n`,
    {
      ...{ state: 'done', rows: 4, messages: ['NULL', 'd'], warnings: ['null_word'] },
      rejected: [
        [2, /alert_message is .N, an exporter's mark/],
        [3, /user_id is .N, an exporter's mark/],
      ],
    },
  ],
  'backslashes.csv': [
    `user_id\talert_message\nu1\ttwo\\nlines\n`,
    { ...ok('two\\nlines'), warnings: ['backslash_escapes'] },
  ],
  'footer.csv': [
    `${HEADER}u1,a\n(1 row)\n\u001a`,
    {
      ...{ state: 'done', rows: 3, messages: ['a'], warnings: ['last_line_unfinished'] },
      rejected: [
        [3, /the row count of an exporter/],
        [4, /end-of-file mark of DOS/],
      ],
    },
  ],
  'excel.csv': [
    `${HEADER.trim()},,\nu1\u00a0,a,,x\n"=""001""",b,,\n,,,\n42.0,c,,\n`,
    {
      ...{ state: 'done', rows: 4, messages: ['a', 'c'] },
      warnings: ['blank_around_user_id', 'unnamed_column', 'number_user_id'],
      rejected: [
        [3, /user_id is an Excel formula/],
        [4, /all fields are empty/],
      ],
    },
  ],
  'all-bad.csv': [
    `${HEADER}u1\n`,
    { state: 'done', rows: 1, rejected: [[2, /2 columns/]], warnings: ['all_rejected'] },
  ],
  'old-mac.csv': ['user_id,alert_message\ru1,a\r', failed('wrong_format')],
  'page.csv': ['<!doctype html>\n<title>502</title>\n', failed('wrong_format')],
  'array.csv': ['[{"user_id":"u1","alert_message":"a"}]\n', failed('wrong_format')],
  'workbook.csv': [Buffer.from('504b030414000600080000002100', 'hex'), failed('not_text')],
  'members.csv.gz': [
    Buffer.concat([gzipSync(`${HEADER}u1,a\nu2`), gzipSync(',b\n')]),
    ok('a', 'b'),
  ],
  'frames.csv.zst': [
    Buffer.concat([zstdCompressSync(`${HEADER}u1,c\nu2`), zstdCompressSync(',d\n')]),
    ok('c', 'd'),
  ],
  'compressed.csv': [gzipSync(`${HEADER}u1,a\n`), ok('a')],
  'not-compressed.csv.gz': [`${HEADER}u1,b\n`, ok('b')],
  'cut.csv.gz': [
    gzipSync(`${HEADER}${'u1,a\n'.repeat(50_000)}`).subarray(0, -8),
    failed('archive_broken'),
  ],
  'followed.csv.zst': [
    Buffer.concat([zstdCompressSync(`${HEADER}u1,a\n`), Buffer.from('more')]),
    failed('archive_broken'),
  ],
  'small-but-large.csv.gz': [
    gzipSync(`${HEADER}${'u1,a\n'.repeat(1_000_000)}`),
    failed('file_too_large'),
  ],
  'workbook.csv.gz': [gzipSync(Buffer.from('504b0304140006', 'hex')), failed('not_text')],
  'lines.jsonl': [
    '{"user_id":"u1","alert_message":"a"}\r\n\n{"user_id":"u2"}\n' +
      '{"alertMessage":"two\\nlines","userId":"u3","id":1152921506151679042}\nuser_id\n',
    {
      ...{ state: 'done', rows: 4, messages: ['a', 'two\nlines'] },
      rejected: [
        [3, /no alert_message/],
        [5, /not a JSON text/],
      ],
    },
  ],
  'lines.ndjson.gz': [gzipSync('{"user_id":"u1","alert_message":"a"}\n'), ok('a')],
  'lines.jsonl.zst': [
    zstdCompressSync('{"user_id":"u1","alert_message":"NULL"}'),
    { ...ok('NULL'), warnings: ['null_word', 'last_line_unfinished'] },
  ],
  'array.jsonl': ['[{"user_id":"u1","alert_message":"a"}]\n', failed('wrong_format')],
};
