import type { FileError } from '../../common/model/file-progress.ts';
import { binaryKind, foreignText } from './content-kind.ts';
import { parseHeader } from './header.ts';
import type { Columns } from './header.ts';
import { csvRows } from './row-format.ts';
import { HEAD_BYTES_MAX } from './file-head.ts';
import type { Head, Understood } from './file-head.ts';
import { countLines } from './record-block.ts';
import { RecordParser } from './record-parser.ts';

const DELIMITERS = [',', ';', '\t'];
/** Excel's first line that names the separator; the header shows it anyway. */
const SEPARATOR_HINT = /^"?sep=[,;\t]"?\r{0,2}\n/i;
const CR_ALONE = /\r(?![\r\n])/;
/**
 * Understands the header of a file with separators.
 *
 * @param head the beginning of the file, which is text
 * @returns why it cannot be read, as a value
 */
export function understandCsv(head: Head, recordBytesMax: number): Understood | FileError {
  const found = findHeader(head);
  if ('code' in found) return found;
  const { delimiter, columns, offset } = found;
  return {
    rows: csvRows(columns, delimiter),
    newParser: (base) => new RecordParser({ delimiter, recordBytesMax }, base),
    firstRow: { offset, line: 1 + countLines(head.bytes, 0, offset) },
  };
}

interface Header {
  readonly delimiter: string;
  readonly columns: Columns;
  /** Position of the first row. */
  readonly offset: number;
}

function findHeader({ bytes, bomBytes, isWhole }: Head): Header | FileError {
  const hint = SEPARATOR_HINT.exec(bytes.toString('latin1', bomBytes, bomBytes + 20));
  const start = bomBytes + (hint?.[0].length ?? 0);
  let invalid = '';
  let fieldsMost = 0;
  for (const delimiter of DELIMITERS) {
    const header = parseHeaderRecord(bytes.subarray(start), delimiter, isWhole);
    const columns = parseHeader(header.fields);
    if (header.fault === null && !('invalid' in columns)) {
      return { delimiter, columns, offset: start + header.end };
    }
    // The delimiter that splits the header into most names is the one that was meant.
    if (header.fields.length < fieldsMost) continue;
    if (header.fields.length === fieldsMost && invalid !== '') continue;
    fieldsMost = header.fields.length;
    invalid = header.fault ?? ('invalid' in columns ? columns.invalid : '');
  }
  const binary = binaryKind(bytes);
  if (binary !== null) return { code: 'not_text', message: binary };
  const text = bytes.toString('utf8', start);
  const foreign = foreignText(text);
  if (foreign !== null) return { code: 'wrong_format', message: foreign };
  const [line, ...others] = text.split(CR_ALONE, 2);
  const alone = { bytes: Buffer.from(`${line}\n`), bomBytes: 0, isWhole: true };
  if (others.length > 0 && !('code' in findHeader(alone))) {
    const message = 'lines end in CR alone, as on old Macs; end them in LF or CRLF';
    return { code: 'wrong_format', message };
  }
  return { code: 'wrong_header', message: invalid + hintOf(text) };
}

/** Returns a hint for the error message where the first line shows another dialect. */
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
  const parser = new RecordParser({ delimiter, recordBytesMax: HEAD_BYTES_MAX }, 0);
  const fault = parser.feed(head) ?? (isWholeFile ? parser.finish() : null);
  const [header] = parser.takeRecords();
  if (header) return header;
  const tooLong = `there is no complete header line in the first ${HEAD_BYTES_MAX} bytes`;
  return {
    fields: [],
    end: 0,
    fault: fault ?? (isWholeFile ? 'there is no header line' : tooLong),
  };
}
