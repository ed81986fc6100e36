import type { FileView } from '../../console/status/status.ts';

/** Files as `/status` lists them: one that was cut, and one of whose rows none arrived. */
export const STATUS_FILES: readonly FileView[] = [
  {
    ...{ id: 'f-1', name: 'cut.csv', state: 'done', bytes: 9, bytesRead: 9, rows: 1 },
    ...{ delivered: 1, retrying: 0, dead: 0, rejected: 0, waiting: 0, passed_over: 0 },
    ...{ startedAt: null, finishedAt: null, isLedgerComplete: true },
    warnings: [{ code: 'last_line_unfinished', message: 'the last line had no end' }],
    same_content_as: null,
  },
  {
    ...{ id: 'f-2', name: 'dead.csv', state: 'done', bytes: 9, bytesRead: 9, rows: 300 },
    ...{ delivered: 0, retrying: 0, dead: 100, rejected: 0, waiting: 0, passed_over: 200 },
    ...{
      startedAt: null,
      finishedAt: null,
      isLedgerComplete: true,
      warnings: [],
      same_content_as: null,
    },
  },
];
