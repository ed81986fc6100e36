import type { FileError } from '../../common/model/file-progress.ts';
import { parseJsonText } from './json-row.ts';
import { jsonRows } from './json-row.ts';
import { binaryKind, foreignText } from './content-kind.ts';
import { JsonLineParser } from './json-line-parser.ts';
import type { Head, Understood } from './file-head.ts';

/**
 * Understands a file in which each line is a JSON object.
 *
 * @param head the beginning of the file, which is text
 * @returns why it cannot be read, as a value
 */
export function understandJsonLines(head: Head, recordBytesMax: number): Understood | FileError {
  const message = whyNotJsonLines(head);
  if (message !== null) return { code: 'wrong_format', message };
  return {
    rows: jsonRows,
    newParser: (base) => new JsonLineParser(base, recordBytesMax),
    firstRow: { offset: head.bomBytes, line: 1 },
  };
}

function whyNotJsonLines({ bytes, bomBytes, isWhole }: Head): string | null {
  const text = bytes.toString('utf8', bomBytes).trimStart();
  if (text === '') return null;
  if (!text.startsWith('{')) {
    const kind = binaryKind(bytes) ?? foreignText(text);
    return kind ?? `each line must be a JSON object; the first begins with ${text.slice(0, 20)}`;
  }
  const lineEnd = text.indexOf('\n');
  if (lineEnd === -1 && !isWhole) return null;
  const line = lineEnd === -1 ? text : text.slice(0, lineEnd);
  // A bad line costs itself only, but an object over many lines would cost all of them.
  const isPart = parseJsonText(line) === undefined && !line.trimEnd().endsWith('}');
  if (!isPart) return null;
  return 'each line must be a whole JSON object; the first has the beginning of one (jq -c .)';
}
