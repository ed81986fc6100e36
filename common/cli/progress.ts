import progress from 'cli-progress';
import { timeLeft } from './time-left.ts';

export interface Progress {
  /**
   * Shows how far the work has come.
   *
   * @param note what to show beside the bar
   */
  update(done: number, total: number, note: string): void;
  /** Ends the display. */
  stop(): void;
}

/** Work that is done by then needs no bar. */
const SHOW_AFTER_MS = 2_000;
const LINE_EVERY_MS = 3_000;

/**
 * Makes the progress display of all tools: a bar on a terminal; elsewhere, as in a log, a line
 * every few seconds. Both go to stderr.
 *
 * @param afterMs when the display appears, also if nothing was reported until then
 */
export function createProgress({ afterMs = SHOW_AFTER_MS } = {}): Progress {
  const bar = new progress.SingleBar(
    {
      format: '{bar} {percentage}% · {note}{eta_formatted}',
      formatTime: timeLeft,
      barsize: 30,
      hideCursor: true,
      noTTYOutput: true,
      notTTYSchedule: LINE_EVERY_MS,
      gracefulExit: false, // signals are the tool's own matter
    },
    progress.Presets.shades_classic,
  );
  let last = { done: 0, total: 1, note: 'starting' };
  const show = () => bar.start(last.total, last.done, { note: last.note });
  const timer = setTimeout(show, afterMs);
  return {
    update: (done, total, note) => {
      last = { done, total, note };
      if (!bar.isActive) return;
      if (bar.getTotal() !== total) bar.setTotal(total);
      bar.update(done, { note });
    },
    stop: () => {
      clearTimeout(timer);
      if (bar.isActive) bar.stop();
    },
  };
}
