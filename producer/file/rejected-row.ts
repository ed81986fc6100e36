/** A row that was not delivered. */
export interface RejectedRow {
  /** 1-based line of the file in which the row begins; the header is in line 1. */
  readonly line: number;
  readonly reason: string;
  /** The row as it stands in the file, cut short when it is long. */
  readonly raw: string;
}

export const REJECTED_HEADER = 'line,reason,raw\n';

/** The rows as CSV, for the end of a file that begins with `REJECTED_HEADER`. */
export function rejectedCsv(rows: readonly RejectedRow[]): string {
  let text = '';
  for (const { line, reason, raw } of rows) text += `${line},${quoted(reason)},${quoted(raw)}\n`;
  return text;
}

const quoted = (text: string) => `"${text.replaceAll('"', '""')}"`;
