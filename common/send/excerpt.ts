import {
  brotliDecompressSync,
  constants,
  gunzipSync,
  inflateSync,
  zstdDecompressSync,
} from 'node:zlib';

/** How much of a body is kept, as it came. */
export const EXCERPT_BYTES_MAX = 1_024;
/** An excerpt of compressed data grows when it is read: at most to this, before it is cut again. */
const UNPACKED_BYTES_MAX = 64 * 1_024;

type Unpack = (bytes: Buffer) => Buffer;
const bounds = { maxOutputLength: UNPACKED_BYTES_MAX };
/** The end is missing from an excerpt: what could be read up to there is enough. */
const zlib = { ...bounds, finishFlush: constants.Z_SYNC_FLUSH };
const brotli = { ...bounds, finishFlush: constants.BROTLI_OPERATION_FLUSH };
const zstd = { ...bounds, finishFlush: constants.ZSTD_e_flush };
const UNPACK: Readonly<Record<string, Unpack>> = {
  gzip: (bytes) => gunzipSync(bytes, zlib),
  'x-gzip': (bytes) => gunzipSync(bytes, zlib),
  deflate: (bytes) => inflateSync(bytes, zlib),
  br: (bytes) => brotliDecompressSync(bytes, brotli),
  zstd: (bytes) => zstdDecompressSync(bytes, zstd),
};
/** How much of what an answer says about its body is shown. */
const KIND_CHARS_MAX = 100;
/** Control characters that no text has, tabs, line ends, form feeds and escapes aside. */
const NO_TEXT = /[\x00-\x08\x0e-\x1a\x1c-\x1f]/;

/**
 * The beginning of a body as text for people. Compressed text is unpacked; what is no text is
 * named instead of shown.
 *
 * @param bytes       at most `bytesMax`
 * @param contentType `Content-Type` of the answer; its charset is followed
 * @param encoding    `Content-Encoding` of the answer, which nobody asked for
 */
export function excerptOf(
  bytes: Buffer,
  contentType?: string,
  encoding?: string,
  bytesMax = EXCERPT_BYTES_MAX,
): string {
  if (bytes.length === 0) return '';
  const unpacked = unpack(bytes, encoding?.trim().toLowerCase() ?? '');
  const text = unpacked && decode(unpacked.subarray(0, bytesMax), contentType);
  if (text !== null) return text;
  const kind = shown([contentType, encoding].filter(Boolean).join(', '));
  return `(${bytes.length} bytes that are no text${kind === '' ? '' : `: ${kind}`})`;
}

/** Printable, and short: a header may be as long as a whole head. */
function shown(kind: string): string {
  const text = kind.slice(0, KIND_CHARS_MAX).replace(/[^\x20-\x7e]/g, '?');
  return kind.length > KIND_CHARS_MAX ? `${text}…` : text;
}

/** @returns null when it cannot be read within bounds */
function unpack(bytes: Buffer, encoding: string): Buffer | null {
  if (encoding === '' || encoding === 'identity') return bytes;
  try {
    return UNPACK[encoding]?.(bytes) ?? null;
  } catch {
    return null;
  }
}

/** @returns null when it is no text */
function decode(bytes: Buffer, contentType = ''): string | null {
  const charset = /charset="?([\w-]+)/i.exec(contentType)?.[1] ?? 'utf-8';
  // As a stream: a character that the cut has halved is left out.
  const text = decoder(charset).decode(bytes, { stream: true });
  return NO_TEXT.test(text) ? null : text;
}

function decoder(charset: string) {
  try {
    return new TextDecoder(charset);
  } catch {
    return new TextDecoder();
  }
}
