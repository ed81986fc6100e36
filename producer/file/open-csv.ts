import { isUtf8 } from 'node:buffer';
import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '../../common/errors.ts';
import type { FileError } from '../../common/file-progress.ts';
import { parseHeader } from './decide/header.ts';
import type { Columns } from './decide/header.ts';
import { countLines } from './record-block.ts';
import type { Place } from './record-block.ts';
import { RecordParser } from './record-parser.ts';
import type { CsvFormat } from './record-parser.ts';

/** A file whose header is understood. */
export interface OpenCsv {
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly format: CsvFormat;
  readonly columns: Columns;
  /** Where the first data row begins. */
  readonly firstRow: Place;
}

const HEADER_BYTES_MAX = 64 * 1024;
const DELIMITERS = [',', ';', '\t'];
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
const UTF16_BOMS = [Buffer.from([0xff, 0xfe]), Buffer.from([0xfe, 0xff])];
const NEWLINE = 10;
const NUL = 0;
/** The disk or the file will not answer otherwise tomorrow: no reason to try again. */
const UNREADABLE = new Set(['EACCES', 'EPERM', 'EISDIR', 'EIO', 'ELOOP', 'ENXIO']);

/** Opens a file and understands its header. @returns why it cannot be read, as a value */
export async function openCsv(
  path: string,
  limits: { readonly fileBytesMax: number; readonly recordBytesMax: number },
): Promise<OpenCsv | FileError> {
  let handle: FileHandle;
  try {
    handle = await open(path, 'r');
  } catch (error) {
    const refused = asFileError(error);
    if (refused) return refused;
    throw error;
  }
  const opened = await understand(handle, limits).catch((error: unknown) => {
    const refused = asFileError(error);
    if (refused) return refused;
    throw error;
  });
  if ('code' in opened) await handle.close();
  return opened;
}

/** What an error of the file system means for the file; null when trying again may help. */
export function asFileError(error: unknown): FileError | null {
  const code = (error as Partial<NodeJS.ErrnoException>).code ?? '';
  if (code === 'ENOENT') return { code: 'file_missing', message: 'the file is gone' };
  if (UNREADABLE.has(code)) return { code: 'file_unreadable', message: messageOf(error) };
  return null;
}

async function understand(
  handle: FileHandle,
  { fileBytesMax, recordBytesMax }: { fileBytesMax: number; recordBytesMax: number },
): Promise<OpenCsv | FileError> {
  const { size: bytes } = await handle.stat();
  if (bytes === 0) return { code: 'file_empty', message: 'the file has no bytes' };
  if (bytes > fileBytesMax) {
    const message = `${bytes} bytes are more than ${fileBytesMax} (MAX_FILE_BYTES)`;
    return { code: 'file_too_large', message };
  }
  const buffer = Buffer.alloc(Math.min(HEADER_BYTES_MAX, bytes));
  const { bytesRead } = await handle.read(buffer, 0, buffer.length, 0);
  const head = buffer.subarray(0, bytesRead);
  const bomBytes = head.subarray(0, 3).equals(UTF8_BOM) ? 3 : 0;
  const notText = whyNotText(head);
  if (notText !== null) return { code: 'not_text', message: notText };
  let wrong = '';
  let fieldsMost = 0;
  for (const delimiter of DELIMITERS) {
    const header = parseHeaderRecord(head.subarray(bomBytes), delimiter, bytesRead === bytes);
    const columns = parseHeader(header.fields);
    if (header.fault === null && !('wrong' in columns)) {
      const offset = bomBytes + header.end;
      const firstRow = { offset, line: 1 + countLines(head, 0, offset) };
      return { handle, bytes, columns, firstRow, format: { delimiter, recordBytesMax } };
    }
    // The delimiter that splits the header into most names is the one that was meant.
    if (header.fields.length < fieldsMost) continue;
    if (header.fields.length === fieldsMost && wrong !== '') continue;
    fieldsMost = header.fields.length;
    wrong = header.fault ?? ('wrong' in columns ? columns.wrong : '');
  }
  return { code: 'wrong_header', message: wrong };
}

function whyNotText(head: Buffer): string | null {
  if (UTF16_BOMS.some((bom) => head.subarray(0, 2).equals(bom))) {
    return 'the file is UTF-16; save it as UTF-8';
  }
  const lineEnd = head.indexOf(NEWLINE);
  const line = lineEnd === -1 ? head : head.subarray(0, lineEnd);
  if (line.includes(NUL)) return 'the first line has a NUL byte: not a text file';
  // A first line that is cut off may end within a character.
  const isWhole = lineEnd !== -1 || head.length < HEADER_BYTES_MAX;
  if (isUtf8(line) || (!isWhole && isUtf8(line.subarray(0, lastCharacterStart(line))))) return null;
  return 'the first line is not UTF-8';
}

function lastCharacterStart(bytes: Buffer): number {
  let at = bytes.length - 1;
  while (at > 0 && ((bytes[at] as number) & 0xc0) === 0x80) at -= 1;
  return at;
}

function parseHeaderRecord(
  head: Buffer,
  delimiter: string,
  isWholeFile: boolean,
): { readonly fields: readonly string[]; readonly end: number; readonly fault: string | null } {
  const parser = new RecordParser({ delimiter, recordBytesMax: HEADER_BYTES_MAX }, 0);
  const fault = parser.feed(head) ?? (isWholeFile ? parser.finish() : null);
  const [header] = parser.takeRecords();
  if (header) return header;
  const tooLong = `there is no complete header line in the first ${HEADER_BYTES_MAX} bytes`;
  return {
    fields: [],
    end: 0,
    fault: fault ?? (isWholeFile ? 'there is no header line' : tooLong),
  };
}
