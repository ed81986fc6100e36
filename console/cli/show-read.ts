import type { Progress } from '../../common/cli/progress.ts';

/** How far a run has come: `read` of `total` offsets looked at. */
export interface Read {
  readonly read: number;
  readonly total: number;
  /** Records put back into delivery. */
  readonly copied: number;
}

/**
 * Shows how much of a log has been looked at.
 *
 * @param of       what is being read, such as `the dead letters`
 * @param isDryRun nothing is put back, so no count of that is shown
 */
export function showRead(progress: Progress, of: string, isDryRun: boolean) {
  return ({ read, total, copied }: Read): void => {
    const count = isDryRun ? '' : ` · ${copied.toLocaleString('en')} put back into delivery`;
    progress.update(read, Math.max(1, total), `of ${of} looked at${count}`);
  };
}
