import { open } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { messageOf } from '../../common/errors.ts';
import type { FileError } from '../../common/file-progress.ts';
import { binaryKind, foreignText, whyNotText } from './decide/file-kind.ts';
import { parseHeader } from './decide/header.ts';
import type { Columns } from './decide/header.ts';
import { csvRows } from './decide/row-format.ts';
import type { RowFormat } from './decide/row-format.ts';
import { countLines } from './record-block.ts';
import type { Place } from './record-block.ts';
import { RecordParser } from './record-parser.ts';
import type { CsvFormat } from './record-parser.ts';

/** A file whose header is understood. */
export interface OpenCsv {
  readonly handle: FileHandle;
  readonly bytes: number;
  readonly format: CsvFormat;
  readonly rows: RowFormat;
  /** Where the first data row begins. */
  readonly firstRow: Place;
}

const HEADER_BYTES_MAX = 64 * 1024;
const DELIMITERS = [',', ';', '\t'];
const UTF8_BOM = Buffer.from([0xef, 0xbb, 0xbf]);
/** Excel's first line that names the separator; the header shows it anyway. */
const SEPARATOR_HINT = /^"?sep=[,;\t]"?\r{0,2}\n/i;
const CR_ALONE = /\r(?![\r\n])/;
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
  const isWhole = bytesRead === bytes;
  const notText = whyNotText(head, isWhole);
  if (notText !== null) return { code: 'not_text', message: notText };
  const bomBytes = head.subarray(0, 3).equals(UTF8_BOM) ? 3 : 0;
  const found = findHeader(head, bomBytes, isWhole);
  if ('code' in found) return found;
  const { delimiter, columns, offset } = found;
  const firstRow = { offset, line: 1 + countLines(head, 0, offset) };
  const rows = csvRows(columns, delimiter);
  return { handle, bytes, rows, firstRow, format: { delimiter, recordBytesMax } };
}

interface Header {
  readonly delimiter: string;
  readonly columns: Columns;
  /** Where the first row begins. */
  readonly offset: number;
}

function findHeader(head: Buffer, bomBytes: number, isWhole: boolean): Header | FileError {
  const hint = SEPARATOR_HINT.exec(head.toString('latin1', bomBytes, bomBytes + 20));
  const start = bomBytes + (hint?.[0].length ?? 0);
  let wrong = '';
  let fieldsMost = 0;
  for (const delimiter of DELIMITERS) {
    const header = parseHeaderRecord(head.subarray(start), delimiter, isWhole);
    const columns = parseHeader(header.fields);
    if (header.fault === null && !('wrong' in columns)) {
      return { delimiter, columns, offset: start + header.end };
    }
    // The delimiter that splits the header into most names is the one that was meant.
    if (header.fields.length < fieldsMost) continue;
    if (header.fields.length === fieldsMost && wrong !== '') continue;
    fieldsMost = header.fields.length;
    wrong = header.fault ?? ('wrong' in columns ? columns.wrong : '');
  }
  const binary = binaryKind(head);
  if (binary !== null) return { code: 'not_text', message: binary };
  const text = head.toString('utf8', start);
  const foreign = foreignText(text);
  if (foreign !== null) return { code: 'wrong_format', message: foreign };
  const lines = text.split(CR_ALONE, 2);
  if (lines.length > 1 && !('code' in findHeader(Buffer.from(`${lines[0]}\n`), 0, true))) {
    const message = 'lines end in CR alone, as on old Macs; end them in LF or CRLF';
    return { code: 'wrong_format', message };
  }
  return { code: 'wrong_header', message: wrong + hintOf(text) };
}

/** What else is read, where the first line shows another dialect. */
function hintOf(text: string): string {
  const line = text.slice(0, 1_000).trimStart().split('\n', 1)[0] as string;
  if (line.startsWith('#')) return '; the first line is a comment: the header must come first';
  if (/^"?sep=/i.test(line)) return '; columns may be separated by comma, semicolon or tab';
  if (/user_?id\W*[|:^~\u0001]/i.test(line)) {
    return '; columns may be separated by comma, semicolon or tab';
  }
  if (/['`]user_?id['`]/i.test(line)) return '; quotes are double quotes';
  return '';
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
