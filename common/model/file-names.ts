/** Name of a claimed file in `processing/`, and of one in `done/` whose own name was taken. */
export function claimedName(fileId: string, name: string): string {
  return `${fileId}-${name}`;
}

/** Name of the rejected rows of a file, beside the file. */
export function rejectedCsvName(name: string): string {
  return `${name}.rejected.csv`;
}
