import { HEADER, parseFileRowId } from '../../common/model/delivery.ts';
import { triggerOf } from '../../common/model/trigger.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';

/** Part of a partition in which a row of a file lies if it lies there at all. */
export interface RowWindow {
  /** Offsets from `next` up to, not including, `end`. */
  readonly next: number;
  readonly end: number;
  /** The rows of the file in it are above the first and below the second. */
  readonly above: number;
  readonly below: number;
}

/** Smaller windows are read through. */
const WINDOW_OFFSETS = 1_000;

/**
 * The offset to look at next: in a partition the rows of a file ascend, so where rows are spread
 * evenly its share of the rows leads there at once. Every other step halves the window, as they
 * may not be.
 *
 * @param step 0-based
 * @returns null when the window is to be read through
 */
export function nextProbe(window: RowWindow, row: number, step: number): number | null {
  const { next, end, above, below } = window;
  if (end - next <= WINDOW_OFFSETS) return null;
  const share = step % 2 === 0 ? (row - above) / Math.max(1, below - above) : 0.5;
  // Somewhat before it: what is read begins there.
  const probe = next + Math.floor((end - next) * share) - WINDOW_OFFSETS / 4;
  return Math.min(end - 1, Math.max(next, probe));
}

/**
 * The window that is left after records have been read from a probe on, and the row lies before
 * or behind them.
 *
 * @param rows   of the file, ascending; not empty
 * @param readTo offset after the last record read
 */
export function narrowed(
  window: RowWindow,
  row: number,
  { probe, rows, readTo }: { probe: number; rows: readonly number[]; readTo: number },
): RowWindow {
  const first = rows[0] as number;
  if (row < first) return { ...window, end: probe, below: first };
  return { ...window, next: readTo, above: rows.at(-1) as number };
}

/** The numbers of the rows of one file among records; copies of later do not ascend with them. */
export function rowsOf(fileId: string, records: readonly LogRecord[]): readonly number[] {
  return records.flatMap(({ headers }) => {
    const isCopy = triggerOf(headers) !== null;
    const parsed = isCopy ? null : parseFileRowId(headers[HEADER.id] ?? '');
    return parsed?.fileId === fileId ? parsed.row : [];
  });
}
