import { formatTable } from '../../common/cli/table.ts';
import type { RedriveTally } from './tally.ts';

type Found = Pick<RedriveTally, 'matched' | 'redriven' | 'skipped' | 'failures'>;

/** Describes for a terminal what a redrive has done, or would do in a dry run. */
export function describeRedrive(
  found: Found,
  { isDryRun, isStopped }: { readonly isDryRun: boolean; readonly isStopped: boolean },
): string {
  const { matched, redriven, skipped } = found;
  const done = `${countOf(redriven)} put back into delivery`;
  const lines = isDryRun
    ? [`${countOf(matched)} would be put back into delivery; nothing was changed.`]
    : [isStopped ? `Stopped: ${done}. Run again for the rest.` : `${done}.`];
  if (isDryRun && matched > 0) lines.push('', failureTable(found), '');
  for (const [reason, count] of Object.entries(skipped)) {
    lines.push(`${countOf(count)} skipped, because they cannot be delivered: ${reason}`);
  }
  return lines.join('\n').trimEnd();
}

/** Returns the question that a person answers before every dead letter is put back. */
export function questionBefore({ matched }: Pick<Found, 'matched'>): string {
  return `Put ${countOf(matched)} back into delivery?`;
}

function failureTable({ failures }: Found): string {
  return formatTable(
    ['endpoint', 'last status', 'dead letters'],
    failures.map(({ subscription, status, count }) => [
      subscription ?? 'WEBHOOK_URL',
      status ?? 'no answer',
      count,
    ]),
  );
}

function countOf(count: number): string {
  return `${count.toLocaleString('en')} dead letter${count === 1 ? '' : 's'}`;
}
