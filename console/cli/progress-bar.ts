import progress from 'cli-progress';

/** How far a run has come: `read` of `total` offsets looked at. */
export interface Progress {
  readonly read: number;
  readonly total: number;
  /** Records put back into delivery. */
  readonly copied: number;
}

/**
 * A bar on a terminal; elsewhere nothing, as the result is enough.
 *
 * @param of what is being read, such as `the dead letters`
 */
export function createProgressBar(of: string): {
  readonly onProgress: (progress: Progress) => void;
  readonly stop: () => void;
} {
  if (!process.stderr.isTTY) return { onProgress: () => {}, stop: () => {} };
  const bar = new progress.SingleBar(
    {
      format: `{bar} {percentage}% of ${of} looked at · {copied} put back into delivery`,
      barsize: 30,
      hideCursor: true,
      clearOnComplete: true,
      gracefulExit: false, // signals are ours
    },
    progress.Presets.shades_classic,
  );
  return {
    onProgress: ({ read, total, copied }) => {
      if (!bar.isActive) bar.start(total, 0, { copied: 0 });
      bar.update(read, { copied });
    },
    stop: () => {
      if (bar.isActive) bar.stop();
    },
  };
}
