/** The only list of what the inbox and uploads take: endings, and the kind of file they mean. */
const KINDS = { '.csv': 'csv', '.tsv': 'csv', '.txt': 'csv' } as const;

export type FileKind = (typeof KINDS)[keyof typeof KINDS];

const ENDINGS = Object.keys(KINDS) as readonly (keyof typeof KINDS)[];

/** The endings as a text for people, such as `.csv, .tsv or .txt`. */
export const ENDINGS_TEXT = `${ENDINGS.slice(0, -1).join(', ')} or ${ENDINGS.at(-1)}`;

/** @returns the kind of a file, or null when its name does not end like one that is read */
export function fileKind(name: string): FileKind | null {
  const lower = name.toLowerCase();
  const ending = ENDINGS.find((one) => lower.endsWith(one));
  return ending ? KINDS[ending] : null;
}
