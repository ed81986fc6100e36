import progress from 'cli-progress';

export interface Progress {
  /** @param note what to show beside the bar */
  update(done: number, note: string): void;
  /** Ends the bar's line. */
  stop(): void;
}

const LINE_EVERY_MS = 3_000;

/** A bar on a terminal; elsewhere, as in a log, a line every few seconds. Both go to stderr. */
export function createProgress(total: number): Progress {
  const bar = new progress.SingleBar(
    {
      format: '{bar} {percentage}% · {note} · {eta_formatted} left',
      barsize: 30,
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: LINE_EVERY_MS,
      gracefulExit: false, // signals are the tool's own matter
    },
    progress.Presets.shades_classic,
  );
  bar.start(total, 0, { note: 'starting' });
  return {
    update: (done, note) => bar.update(done, { note }),
    stop: () => bar.stop(),
  };
}
