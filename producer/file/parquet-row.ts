import { jsonRows } from './json-row.ts';
import type { RowFormat } from './row-format.ts';

/** Rows of a Parquet file, as the lines that its decoder makes of them. */
export const parquetRows: RowFormat = {
  headerAgain: () => null,
  deliveryOf: ([text = '']) => reasonOf(text) ?? jsonRows.deliveryOf([text]),
};

/**
 * Makes the line of a row that cannot be sent: an array, where that of any other is an object.
 *
 * @param row the row as JSON, with what is shown of the values that cannot be sent
 */
export function unfitLine(reason: string, row: string): string {
  return `[${JSON.stringify(reason)},${row}]\n`;
}

function reasonOf(line: string): string | null {
  return line.startsWith('[') ? (JSON.parse(line) as [reason: string])[0] : null;
}
