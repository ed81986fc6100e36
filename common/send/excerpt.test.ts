import assert from 'node:assert/strict';
import { test } from 'node:test';
import { brotliCompressSync, deflateSync, gzipSync, zstdCompressSync } from 'node:zlib';
import { EXCERPT_BYTES_MAX, excerptOf } from './excerpt.ts';

const TEXT = 'the order is unknown; '.repeat(20);
/** Cannot be compressed: an excerpt of it is cut in the middle. */
const LONG = Array.from({ length: 2_000 }, (_, n) => `${(n * 2_654_435_761) % 997} `).join('');
const cut = (bytes: Buffer) => bytes.subarray(0, EXCERPT_BYTES_MAX);
const PNG = Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex');

type Row = readonly [title: string, bytes: Buffer, type?: string, encoding?: string];
const rows: readonly (readonly [...Row, expected: string | RegExp])[] = [
  ['nothing', Buffer.alloc(0), undefined, undefined, ''],
  ['text', Buffer.from(TEXT), 'text/plain', undefined, TEXT],
  ['identity', Buffer.from(TEXT), 'text/plain', 'identity', TEXT],
  ['a halved character', Buffer.from('aé').subarray(0, 2), undefined, undefined, 'a'],
  ['latin1', Buffer.from('café', 'latin1'), 'text/html; charset=ISO-8859-1', undefined, 'café'],
  ['an unknown charset', Buffer.from('a'), 'text/html; charset=none', undefined, 'a'],
  ['gzip', gzipSync(TEXT), 'text/plain', 'gzip', TEXT],
  ['GZIP, as some write it', gzipSync(TEXT), 'text/plain', ' GZIP', TEXT],
  ['deflate', deflateSync(TEXT), 'text/plain', 'deflate', TEXT],
  ['br', brotliCompressSync(TEXT), 'text/plain', 'br', TEXT],
  ['zstd', zstdCompressSync(TEXT), 'text/plain', 'zstd', TEXT],
  ['the beginning of gzip', cut(gzipSync(LONG)), 'text/plain', 'gzip', /^(\d+ ){100,}\d*$/],
  [
    'gzip that unpacks to far more than is kept',
    cut(gzipSync(Buffer.alloc(10_000_000, 'a'))),
    'text/plain',
    'gzip',
    '(1024 bytes that are no text: text/plain, gzip)',
  ],
  [
    'what only says that it is gzip',
    Buffer.from('plain'),
    undefined,
    'gzip',
    '(5 bytes that are no text: gzip)',
  ],
  [
    'an encoding that nobody knows',
    Buffer.from('abc'),
    'text/plain',
    'x-own',
    '(3 bytes that are no text: text/plain, x-own)',
  ],
  ['a picture', PNG, 'image/png', undefined, '(16 bytes that are no text: image/png)'],
  [
    'no text, and a type as long as a head',
    PNG,
    `image/\u0001\u00e9${'g'.repeat(250_000)}`,
    'gzip',
    `(16 bytes that are no text: image/??${'g'.repeat(92)}…)`,
  ],
  [
    'gzip that is not named',
    gzipSync(TEXT),
    undefined,
    undefined,
    /^\(\d+ bytes that are no text\)$/,
  ],
];
for (const [title, bytes, type, encoding, expected] of rows) {
  test(`excerpt of ${title}`, () => {
    const text = excerptOf(bytes, type, encoding);
    if (typeof expected === 'string') assert.equal(text, expected);
    else assert.match(text, expected);
    assert.ok(text.length <= EXCERPT_BYTES_MAX);
  });
}
