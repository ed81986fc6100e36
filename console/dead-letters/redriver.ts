import { AppError } from '../../common/base/errors.ts';
import type { RedriveOptions } from './redrive-args.ts';
import type { RedriveTally } from './tally.ts';
import { redrive } from './redrive.ts';
import type { RedriveDeps } from './redrive.ts';

/** Redrives of one console process, one at a time. */
export class Redriver {
  private readonly deps: RedriveDeps;
  private current: Promise<unknown> | null = null;

  constructor(deps: RedriveDeps) {
    this.deps = deps;
  }

  get isRunning(): boolean {
    return this.current !== null;
  }

  /** A dry run, which may go beside others. */
  count(options: RedriveOptions): Promise<RedriveTally> {
    return redrive(this.deps, { ...options, isDryRun: true });
  }

  /**
   * Puts dead letters back into delivery.
   *
   * @throws AppError redrive_running here, redrive_fenced elsewhere: another one is under way
   */
  async run(options: RedriveOptions): Promise<RedriveTally> {
    this.refuseSecond();
    const running = this.toEnd(options);
    this.current = running.catch(() => {}).finally(() => (this.current = null));
    return running;
  }

  /**
   * The same, without waiting for its end.
   *
   * @returns what it will find
   * @throws AppError redrive_running  another one of this process is under way
   */
  async runInBackground(options: RedriveOptions): Promise<RedriveTally> {
    const { logger } = this.deps;
    this.refuseSecond();
    const counted = await this.count(options);
    // Counting takes a while, and another redrive may have begun meanwhile.
    this.refuseSecond();
    this.run(options).catch((error: unknown) => logger.warn({ err: error }, 'redrive.failed'));
    return counted;
  }

  /** Waits for what is under way, which the signal of `deps` ends. */
  async close(): Promise<void> {
    await this.current;
  }

  private refuseSecond(): void {
    if (!this.current) return;
    throw new AppError('redrive_running', 'A redrive is under way; try again when it has ended');
  }

  private async toEnd(options: RedriveOptions): Promise<RedriveTally> {
    const tally = await redrive(this.deps, options);
    const { matched, redriven, skipped } = tally;
    this.deps.logger.info({ matched, redriven, skipped }, 'redrive.done');
    return tally;
  }
}
