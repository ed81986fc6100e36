import { headerAgain } from './header.ts';
import type { Columns } from './header.ts';
import { rowDoubts } from './row-doubts.ts';
import type { Doubt } from './row-doubts.ts';
import { rowBody, rowError } from './row.ts';

/** Delivery that a row becomes. */
export interface RowDelivery {
  readonly userId: string;
  readonly body: string;
  readonly doubts: readonly Doubt[];
}

/** Meaning of the fields of one file's records. */
export interface RowFormat {
  /** @returns whether the record is a header line once more, and whether with the same columns */
  headerAgain(fields: readonly string[]): 'same' | 'other' | null;
  /** @returns the row's delivery, or why it has none */
  deliveryOf(fields: readonly string[]): RowDelivery | string;
}

/** Rows of a file with separators and the columns of its header. */
export function csvRows(columns: Columns, delimiter: string): RowFormat {
  return {
    headerAgain: (fields) => headerAgain(fields, columns),
    deliveryOf: (fields) => {
      const fault = rowError(fields, columns);
      if (fault !== null) return fault;
      return {
        userId: fields[columns.userId] as string,
        body: rowBody(fields, columns),
        doubts: rowDoubts(fields, columns, delimiter),
      };
    },
  };
}
