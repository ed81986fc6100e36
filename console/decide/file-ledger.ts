import type { Attempt } from '../../common/attempt.ts';
import { parseFileRowId } from '../../common/delivery.ts';
import { noCounts, stateAfter } from './delivery-state.ts';
import type { StateCounts } from './delivery-state.ts';

/** One byte a row: what its last attempt said. */
const STATES = [null, 'delivered', 'retrying', 'dead'] as const;
const ROWS_AT_FIRST = 1_024;

interface Page {
  rows: Uint8Array;
  readonly counts: StateCounts;
}

/**
 * What became of every row of every file. Attempts may be repeated in the log, so it keeps the
 * state of each row rather than sums: a byte a row, 10 MB for ten million.
 */
export class FileLedger {
  private readonly files = new Map<string, Page>();

  /** Takes note of an attempt. @returns false when it is none of a file row */
  apply({ id, state }: Pick<Attempt, 'id' | 'state'>): boolean {
    const row = parseFileRowId(id);
    if (!row) return false;
    const next = stateAfter(state);
    if (!next) return true;
    const page = this.pageOf(row.fileId, row.row);
    const before = STATES[page.rows[row.row] as number];
    if (before) page.counts[before] -= 1;
    page.counts[next] += 1;
    page.rows[row.row] = STATES.indexOf(next);
    return true;
  }

  counts(fileId: string): Readonly<StateCounts> {
    return this.files.get(fileId)?.counts ?? noCounts();
  }

  /** All files together. */
  total(): Readonly<StateCounts> {
    const sum = noCounts();
    for (const { counts } of this.files.values()) {
      sum.delivered += counts.delivered;
      sum.retrying += counts.retrying;
      sum.dead += counts.dead;
    }
    return sum;
  }

  private pageOf(fileId: string, row: number): Page {
    let page = this.files.get(fileId);
    if (!page) {
      page = { rows: new Uint8Array(ROWS_AT_FIRST), counts: noCounts() };
      this.files.set(fileId, page);
    }
    if (row >= page.rows.length) {
      const grown = new Uint8Array(Math.max(row + 1, page.rows.length * 2));
      grown.set(page.rows);
      page.rows = grown;
    }
    return page;
  }
}
