/** The only list of what the inbox and uploads take: endings, and how rows are written there. */
const ROWS = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
  '.parquet': 'parquet',
} as const;
/** May follow each of them that is a text. Whether a file is compressed, its first bytes decide. */
const COMPRESSED = /\.(gz|zst)$/;

/** How the rows of a file are written: with separators, each as a JSON object, or in columns. */
export type RowsKind = (typeof ROWS)[keyof typeof ROWS];
/** Kinds of files, by the end of the name. */
export type FileKind = RowsKind | 'compressed';

const ENDINGS = Object.keys(ROWS) as readonly (keyof typeof ROWS)[];

/** The endings as a text for people, such as `.csv, .tsv or .txt`. */
export const ENDINGS_TEXT =
  `${ENDINGS.slice(0, -1).join(', ')} or ${ENDINGS.at(-1)} ` +
  '(all but the last also with .gz or .zst behind)';

/** @returns how the rows of a file are written, or null when its name is none that is read */
export function rowsKind(name: string): RowsKind | null {
  const lower = name.toLowerCase();
  const text = lower.replace(COMPRESSED, '');
  const ending = ENDINGS.find((one) => text.endsWith(one));
  // Parquet is compressed within, and read from its end.
  if (!ending || (ROWS[ending] === 'parquet' && text !== lower)) return null;
  return ROWS[ending];
}

/** @returns the kind of a file, or null when its name does not end like one that is read */
export function fileKind(name: string): FileKind | null {
  const rows = rowsKind(name);
  return rows !== null && COMPRESSED.test(name.toLowerCase()) ? 'compressed' : rows;
}
