import type { ReplayState } from './replay-state.ts';

type Found = Pick<ReplayState, 'copied' | 'skipped'>;

/** Describes for a terminal what a dry run has found. */
export function describeDryRun({
  matched,
  skipped,
}: {
  readonly matched: number;
  readonly skipped: Found['skipped'];
}): string {
  const first = `${countOf(matched)} would be delivered again; nothing was changed.`;
  return [first, ...skippedLines(skipped)].join('\n');
}

/** Describes for a terminal what a replay has done so far. */
export function describeReplay(replay: ReplayState): string {
  const { id, state, copied, skipped } = replay;
  const done = `${countOf(copied)} put back into delivery`;
  const lines = {
    done: `${done} by replay ${id}.`,
    cancelled: `Replay ${id} was cancelled: ${done} until then.`,
    running:
      `Stopped: ${done} so far. The same command again, or ` +
      `\`npm run replay -- --resume ${id}\`, goes on.`,
  };
  return [lines[state], ...skippedLines(skipped)].join('\n');
}

function skippedLines(skipped: Found['skipped']): string[] {
  return Object.entries(skipped).map(
    ([reason, count]) =>
      `${count.toLocaleString('en')} record${count === 1 ? '' : 's'} passed over: ${reason}`,
  );
}

function countOf(count: number): string {
  return `${count.toLocaleString('en')} deliver${count === 1 ? 'y' : 'ies'}`;
}
