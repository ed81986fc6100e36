import type { Attempt } from '../../common/model/attempt.ts';
import { parseFileRowId } from '../../common/model/delivery.ts';
import { noCounts, stateAfter } from './delivery-state.ts';
import type { StateCounts } from './delivery-state.ts';

/** States of a row by its last attempt, as one byte: the index in this list. */
const STATES = [null, 'delivered', 'retrying', 'dead', 'cancelled'] as const;
/** Rows are kept in pages, so that an id with a row of ten billion costs one of them. */
const ROWS_PER_PAGE = 4_096;
/**
 * Page of rows that are all delivered. Nearly all pages end so and share this one, which is never
 * written to.
 */
const ALL_DELIVERED = new Uint8Array(ROWS_PER_PAGE).fill(STATES.indexOf('delivered'));

interface Page {
  states: Uint8Array;
  /** How many of its rows are delivered. */
  delivered: number;
}

interface Rows {
  readonly pages: Map<number, Page>;
  readonly counts: StateCounts;
  /** When an attempt was last made after which another one was to follow, ms. */
  retriedAtMs: number;
  /** When a delivery last ended, ms: one that is cancelled has not begun. */
  endedAtMs: number;
}

/**
 * Keeps the state of every row of every file. Attempts may be repeated in the log, so the ledger
 * keeps states rather than sums: a byte a row, and next to nothing where thousands of rows on end
 * are delivered, so that a console may run for months.
 */
export class FileLedger {
  private readonly files = new Map<string, Rows>();

  /** Takes note of an attempt. @returns false when it is none of a file row */
  apply({ id, state, at }: Pick<Attempt, 'id' | 'state' | 'at'>): boolean {
    const parsed = parseFileRowId(id);
    if (!parsed) return false;
    const next = stateAfter(state);
    if (!next) return true;
    const rows = this.rowsOf(parsed.fileId);
    if (next === 'retrying') rows.retriedAtMs = Math.max(rows.retriedAtMs, at);
    else if (next !== 'cancelled') rows.endedAtMs = Math.max(rows.endedAtMs, at);
    const { pages, counts } = rows;
    const page = pageOf(pages, Math.floor(parsed.row / ROWS_PER_PAGE));
    const index = parsed.row % ROWS_PER_PAGE;
    if (index >= page.states.length) page.states = grown(page.states, index);
    const before = STATES[page.states[index] as number];
    if (before === next) return true;
    if (before) counts[before] -= 1;
    counts[next] += 1;
    if (before === 'delivered') page.delivered -= 1;
    if (next === 'delivered') page.delivered += 1;
    if (page.states === ALL_DELIVERED) page.states = ALL_DELIVERED.slice();
    page.states[index] = STATES.indexOf(next);
    if (page.delivered === ROWS_PER_PAGE) page.states = ALL_DELIVERED;
    return true;
  }

  counts(fileId: string): Readonly<StateCounts> {
    return this.files.get(fileId)?.counts ?? noCounts();
  }

  /** When one of its rows was last to be tried again, ms; 0: none ever was. */
  retriedAtMs(fileId: string): number {
    return this.files.get(fileId)?.retriedAtMs ?? 0;
  }

  /** When the delivery of one of its rows last ended, ms; 0: none has. */
  endedAtMs(fileId: string): number {
    return this.files.get(fileId)?.endedAtMs ?? 0;
  }

  /** All files together. */
  total(): Readonly<StateCounts> {
    const sum = noCounts();
    for (const { counts } of this.files.values()) {
      sum.delivered += counts.delivered;
      sum.retrying += counts.retrying;
      sum.dead += counts.dead;
      sum.cancelled += counts.cancelled;
    }
    return sum;
  }

  private rowsOf(fileId: string): Rows {
    let rows = this.files.get(fileId);
    if (!rows) {
      rows = { pages: new Map(), counts: noCounts(), retriedAtMs: 0, endedAtMs: 0 };
      this.files.set(fileId, rows);
    }
    return rows;
  }
}

function pageOf(pages: Map<number, Page>, number: number): Page {
  let page = pages.get(number);
  if (!page) {
    page = { states: new Uint8Array(0), delivered: 0 };
    pages.set(number, page);
  }
  return page;
}

/**
 * Returns a copy of the states with room for an index. Growth starts small, because most files of a
 * great many have a row or two.
 */
function grown(states: Uint8Array, index: number): Uint8Array {
  let length = Math.max(8, states.length);
  while (length <= index) length *= 2;
  const more = new Uint8Array(length);
  more.set(states);
  return more;
}
