import type { FileView } from '../../console/status/schemas.ts';

/** Files as `/status` lists them: one that was cut, and one of whose rows none arrived. */
export const STATUS_FILES: FileView[] = [
  {
    ...{ id: 'f-1', name: 'cut.csv', state: 'done', bytes: 9, bytes_read: 9, rows: 1 },
    ...{
      delivered: 1,
      retrying: 0,
      dead: 0,
      cancelled: 0,
      rejected: 0,
      waiting: 0,
      passed_over: 0,
    },
    ...{
      started_at: null,
      finished_at: null,
      cancelled_at: null,
      settled_at: null,
      ledger_complete: true,
    },
    warnings: [{ code: 'last_line_unfinished', message: 'the last line had no end' }],
    same_content_as: null,
  },
  {
    ...{ id: 'f-2', name: 'dead.csv', state: 'done', bytes: 9, bytes_read: 9, rows: 300 },
    ...{
      delivered: 0,
      retrying: 0,
      dead: 100,
      cancelled: 0,
      rejected: 0,
      waiting: 0,
      passed_over: 200,
    },
    ...{
      started_at: null,
      finished_at: null,
      cancelled_at: null,
      settled_at: null,
      ledger_complete: true,
      warnings: [],
      same_content_as: null,
    },
  },
];
