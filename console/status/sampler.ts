import { statfs } from 'node:fs/promises';
import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Sample } from '../series/series-table.ts';

/** Space on the disk that holds the data folder. */
export interface Disk {
  readonly free_bytes: number;
  readonly total_bytes: number;
}

interface Deps {
  /** The data folder. */
  readonly dir: string;
  /** Called at each of the regular times, ms since 1970. */
  readonly tick: (atMs: number) => void;
  /** Figures of now; null: they are not known. */
  readonly figures: () => Omit<Sample, 'atMs'> | null;
  readonly addSample: (sample: Sample) => Promise<void>;
  readonly logger: Logger;
}

/** As long as the shortest period of the plots. */
const INTERVAL_MS = 5_000;
/** A disk may fill up in seconds, and people are to know. */
const DISK_INTERVAL_MS = 2_000;

/** Takes figures at regular times that nothing in the log shows. */
export class Sampler {
  /** null: not known. */
  disk: Disk | null = null;
  private readonly deps: Deps;
  private timers: readonly NodeJS.Timeout[] = [];

  constructor(deps: Deps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    this.timers = [
      setInterval(() => void this.take(), INTERVAL_MS).unref(),
      setInterval(() => void this.lookAtDisk(), DISK_INTERVAL_MS).unref(),
    ];
    await this.lookAtDisk();
    await this.take();
  }

  close(): void {
    for (const timer of this.timers) clearInterval(timer);
  }

  private async lookAtDisk(): Promise<void> {
    const { dir, logger } = this.deps;
    try {
      const { bavail, blocks, bsize } = await statfs(dir);
      this.disk = { free_bytes: bavail * bsize, total_bytes: blocks * bsize };
    } catch (error) {
      logger.debug({ err: messageOf(error) }, 'disk.not-seen');
    }
  }

  private async take(): Promise<void> {
    const { figures, addSample, logger } = this.deps;
    this.deps.tick(Date.now());
    try {
      const now = figures();
      if (now) await addSample({ atMs: Date.now(), ...now });
    } catch (error) {
      logger.debug({ err: messageOf(error) }, 'sample.not-taken');
    }
  }
}
