/** The only list of what the inbox and uploads take: endings, and how rows are written there. */
const ROWS = {
  '.csv': 'csv',
  '.tsv': 'csv',
  '.txt': 'csv',
  '.jsonl': 'jsonl',
  '.ndjson': 'jsonl',
} as const;
/** May follow each of them. Whether a file is compressed, its first bytes decide. */
const COMPRESSED = /\.(gz|zst)$/;

/** How the rows of a file are written: with separators, or each as a JSON object. */
export type RowsKind = (typeof ROWS)[keyof typeof ROWS];
/** Kinds of files, by the end of the name. */
export type FileKind = RowsKind | 'compressed';

const ENDINGS = Object.keys(ROWS) as readonly (keyof typeof ROWS)[];

/** The endings as a text for people, such as `.csv, .tsv or .txt`. */
export const ENDINGS_TEXT =
  `${ENDINGS.slice(0, -1).join(', ')} or ${ENDINGS.at(-1)} ` +
  '(and these with .gz or .zst behind)';

/** @returns how the rows of a file are written, or null when its name is none that is read */
export function rowsKind(name: string): RowsKind | null {
  const lower = name.toLowerCase().replace(COMPRESSED, '');
  const ending = ENDINGS.find((one) => lower.endsWith(one));
  return ending ? ROWS[ending] : null;
}

/** @returns the kind of a file, or null when its name does not end like one that is read */
export function fileKind(name: string): FileKind | null {
  const rows = rowsKind(name);
  return rows !== null && COMPRESSED.test(name.toLowerCase()) ? 'compressed' : rows;
}
