/** A file as `GET /files` shows it; only what the demonstration needs. */
export interface FileView {
  readonly id: string;
  readonly name: string;
  readonly state: string;
  readonly rejected: number;
  readonly delivered: number;
  readonly retrying: number;
  readonly dead: number;
}

/** How many of the file's rows have come to their end, whatever it was. */
export function rowsSettled({ delivered, dead, rejected }: FileView): number {
  return delivered + dead + rejected;
}

/** One line about where the rows are. */
export function describeFile({ state, delivered, retrying, dead, rejected }: FileView): string {
  const counts = [
    `${delivered} delivered`,
    retrying > 0 ? `${retrying} retrying` : '',
    dead > 0 ? `${dead} dead-lettered` : '',
    rejected > 0 ? `${rejected} rejected` : '',
  ];
  return [state, ...counts.filter((text) => text !== '')].join(', ');
}

/** The file of this name in the answer of `GET /files`, a list or a page of one. */
export function findFile(answer: unknown, name: string): FileView | undefined {
  const files = Array.isArray(answer) ? answer : (answer as { files?: unknown } | null)?.files;
  if (!Array.isArray(files)) return undefined;
  return (files as FileView[]).find((file) => file.name === name);
}
