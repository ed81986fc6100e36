import { isUtf8 } from 'node:buffer';

/** Bytes that a kind of file begins with; `at` is where they stand when not at the start. */
interface Magic {
  readonly bytes: Buffer;
  readonly at?: number;
  readonly kind: string;
}

const hex = (text: string) => Buffer.from(text.replaceAll(' ', ''), 'hex');
const ascii = (text: string) => Buffer.from(text, 'latin1');

const SAVE_AS_CSV = 'export as CSV UTF-8';
const UNPACK = 'unpack it, or compress with gzip or zstd';
const UTF8 = 'save it as UTF-8';

/** UTF-32 stands before UTF-16, whose mark is the beginning of its own. */
const MAGICS: readonly Magic[] = [
  { bytes: hex('ff fe 00 00'), kind: `UTF-32 text; ${UTF8}` },
  { bytes: hex('00 00 fe ff'), kind: `UTF-32 text; ${UTF8}` },
  { bytes: hex('ff fe'), kind: `UTF-16 text; ${UTF8}` },
  { bytes: hex('fe ff'), kind: `UTF-16 text; ${UTF8}` },
  { bytes: hex('50 4b 03 04'), kind: `a ZIP archive, such as .xlsx; ${SAVE_AS_CSV}` },
  { bytes: hex('50 4b 05 06'), kind: `an empty ZIP archive; ${SAVE_AS_CSV}` },
  { bytes: hex('50 4b 07 08'), kind: `a ZIP archive in parts; ${SAVE_AS_CSV}` },
  {
    bytes: hex('d0 cf 11 e0 a1 b1 1a e1'),
    kind: `an old Office file, such as .xls; ${SAVE_AS_CSV}`,
  },
  { bytes: ascii('PAR1'), kind: 'a Parquet file; its name must end with .parquet' },
  { bytes: ascii('Obj\x01'), kind: `an Avro file; ${SAVE_AS_CSV}` },
  { bytes: ascii('ORC'), kind: `an ORC file; ${SAVE_AS_CSV}` },
  { bytes: ascii('ARROW1'), kind: `an Arrow file; ${SAVE_AS_CSV}` },
  { bytes: ascii('FEA1'), kind: `a Feather file; ${SAVE_AS_CSV}` },
  { bytes: ascii('SQLite format 3\0'), kind: `an SQLite database; ${SAVE_AS_CSV}` },
  { bytes: ascii('%PDF-'), kind: `a PDF document; ${SAVE_AS_CSV}` },
  { bytes: ascii('{\\rtf'), kind: `an RTF document; ${SAVE_AS_CSV}` },
  { bytes: ascii('BZh'), kind: `a bzip2 archive; ${UNPACK}` },
  { bytes: hex('fd 37 7a 58 5a 00'), kind: `an xz archive; ${UNPACK}` },
  { bytes: hex('04 22 4d 18'), kind: `an lz4 archive; ${UNPACK}` },
  { bytes: hex('37 7a bc af 27 1c'), kind: `a 7z archive; ${UNPACK}` },
  { bytes: ascii('Rar!\x1a\x07'), kind: `a RAR archive; ${UNPACK}` },
  { bytes: hex('ff 06 00 00 73 4e 61 50 70 59'), kind: `a snappy archive; ${UNPACK}` },
  { bytes: hex('1f 9d'), kind: `an archive of compress (.Z); ${UNPACK}` },
  { bytes: ascii('ustar'), at: 257, kind: 'a tar archive; put the files into the inbox singly' },
  { bytes: hex('89 50 4e 47 0d 0a'), kind: 'a PNG picture' },
  { bytes: hex('ff d8 ff'), kind: 'a JPEG picture' },
  { bytes: ascii('GIF8'), kind: 'a GIF picture' },
  { bytes: hex('7f 45 4c 46'), kind: 'a program' },
];

const NEWLINE = 10;
const NUL = 0;

/**
 * Says why a file is no UTF-8 text, and what it is where its first bytes tell.
 *
 * @param head the first bytes of the file, after decompression
 * @param isWhole whether the file has no more bytes than these
 * @returns null for text, which may still be no table
 */
export function whyNotText(head: Buffer, isWhole: boolean): string | null {
  const lineEnd = head.indexOf(NEWLINE);
  const line = lineEnd === -1 ? head : head.subarray(0, lineEnd);
  if (line.includes(NUL)) return binaryKind(head) ?? kindWithNuls(line);
  // A first line that is cut off may end within a character.
  const isCut = lineEnd === -1 && !isWhole;
  if (isUtf8(isCut ? line.subarray(0, lastCharacterStart(line)) : line)) return null;
  return binaryKind(head) ?? `the first line is not UTF-8; ${UTF8}`;
}

/**
 * Names a file by its first bytes. Some kinds begin like words, so ask only when a header could
 * not be found.
 */
export function binaryKind(head: Buffer): string | null {
  const magic = MAGICS.find(({ bytes, at = 0 }) =>
    head.subarray(at, at + bytes.length).equals(bytes),
  );
  return magic ? `this is ${magic.kind}` : null;
}

function kindWithNuls(line: Buffer): string {
  // ASCII in UTF-16 has a NUL in every other byte.
  const even = line.filter((byte, index) => byte === NUL && index % 2 === 0).length;
  const odd = line.filter((byte, index) => byte === NUL && index % 2 === 1).length;
  if (Math.max(even, odd) > line.length / 4) {
    return `this is UTF-16 text without a byte order mark; ${UTF8}`;
  }
  return 'the first line has a NUL byte: not a text file';
}

function lastCharacterStart(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at > 0 && ((bytes[at] as number) & 0xc0) === 0x80) at -= 1;
  return Math.max(0, at);
}

/**
 * Names a text that is plainly something else than a table with a header.
 *
 * @param head the beginning of the text, without a byte order mark
 */
export function foreignText(head: string): string | null {
  const start = head.trimStart().slice(0, 500);
  if (/^<(!doctype html|html|head|body)\b/i.test(start)) {
    return 'this is an HTML page, such as an error or sign-in page that was saved instead of a file';
  }
  if (/^<\?xml\b|^<[a-z][\w:.-]*[\s>]/i.test(start)) return `this is XML; ${SAVE_AS_CSV}`;
  if (/^\[\s*[[{\]"]/.test(start)) {
    return 'this is a JSON array; write one object a line (jq -c ".[]") into a file named .jsonl';
  }
  if (/^\{\s*("|\})/.test(start)) {
    return 'this is JSON; write one object a line (jq -c .) into a file named .jsonl';
  }
  if (
    /^(--[ \r\n]|\/\*|(create|drop|lock)\s+table\b|insert\s+into\b|copy\s.*\sfrom\s)/i.test(start)
  ) {
    return `this is SQL; ${SAVE_AS_CSV}`;
  }
  return null;
}

const COMPRESSIONS: readonly (readonly [name: Compression, magic: Buffer])[] = [
  ['gzip', hex('1f 8b')],
  ['zstd', hex('28 b5 2f fd')],
];

export type Compression = 'gzip' | 'zstd';

/**
 * Detects the compression of a file by its first bytes and not by its name; null when there is
 * none.
 */
export function compressionOf(head: Buffer): Compression | null {
  const [name] =
    COMPRESSIONS.find(([, magic]) => head.subarray(0, magic.length).equals(magic)) ?? [];
  if (name) return name;
  // A zstd file may begin with a skippable frame: magic 0x184D2A50 to 0x184D2A5F (RFC 8878, 3.1.2).
  const isSkippable =
    ((head[0] ?? 0) & 0xf0) === 0x50 && head.subarray(1, 4).equals(hex('2a 4d 18'));
  return isSkippable ? 'zstd' : null;
}
