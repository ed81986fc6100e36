import { formatTable } from '../common/cli/table.ts';
import type { Row } from './report.ts';
import type { ViewResult } from './view.ts';

const FOLD_BAR = 1;
const QUERY_BAR = 3;

/** The line of the view in the table of all benchmarks. */
export function viewRow({ foldedPerSecond, enginePerSecond, queries }: ViewResult): Row {
  const ratio = foldedPerSecond / enginePerSecond;
  return {
    name: 'view of deliveries',
    cells: {
      'per second': String(foldedPerSecond),
      'engine alone': String(enginePerSecond),
      ratio: ratio.toFixed(2),
      bar: `≥ ${FOLD_BAR}, queries ≤ ${QUERY_BAR}`,
    },
    checks: [
      { what: `folds ${ratio.toFixed(2)} × the engine's rate`, isMet: ratio >= FOLD_BAR },
      ...queries.map(({ name, small, large }) => ({
        what: `${name}: p95 ${large.toFixed(1)} ms, ${(large / small).toFixed(2)} × the small log`,
        isMet: large <= QUERY_BAR * small,
      })),
    ],
  };
}

/** Formats each kind of query in both logs as a table. */
export function viewTable({ queries }: ViewResult): string {
  const rows = queries.map(({ name, small, large }) => [
    ...[name, small.toFixed(1), large.toFixed(1), (large / small).toFixed(2)],
  ]);
  return `${formatTable(['query, while it folds', 'p95 ms, small', 'p95 ms, large', 'ratio'], rows)}\n`;
}
