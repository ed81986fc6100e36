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
  /** Figures of now; null: they are not known. */
  readonly figures: () => Omit<Sample, 'atMs'> | null;
  readonly addSample: (sample: Sample) => Promise<void>;
  readonly logger: Logger;
}

/** As long as the shortest period of the plots. */
const INTERVAL_MS = 5_000;

/** Takes figures at regular times that nothing in the log shows. */
export class Sampler {
  /** null: not known. */
  disk: Disk | null = null;
  private readonly deps: Deps;
  private timer: NodeJS.Timeout | null = null;

  constructor(deps: Deps) {
    this.deps = deps;
  }

  async start(): Promise<void> {
    this.timer = setInterval(() => void this.take(), INTERVAL_MS).unref();
    await this.take();
  }

  close(): void {
    if (this.timer) clearInterval(this.timer);
  }

  private async take(): Promise<void> {
    const { dir, figures, addSample, logger } = this.deps;
    try {
      const { bavail, blocks, bsize } = await statfs(dir);
      this.disk = { free_bytes: bavail * bsize, total_bytes: blocks * bsize };
      const now = figures();
      if (now) await addSample({ atMs: Date.now(), ...now });
    } catch (error) {
      logger.debug({ err: messageOf(error) }, 'sample.not-taken');
    }
  }
}
