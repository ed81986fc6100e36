import { retryWhile } from '../../common/base/retry.ts';
import { messageOf } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';

interface Deps {
  /** Readers that catch up in the background. */
  readonly readers: readonly { caughtUp(): Promise<void> }[];
  readonly logger: Logger;
  readonly signal: AbortSignal;
}

const RETRY_MS = 1_000;

/** Whether the views have all that was in the log at our start: until then figures still grow. */
export class WarmUp {
  isOver = false;

  constructor(deps: Deps) {
    void this.watch(deps);
  }

  /** The broker may be away meanwhile, for any time. */
  private async watch({ readers, logger, signal }: Deps): Promise<void> {
    const load = async () => {
      await Promise.all(readers.map((reader) => reader.caughtUp()));
      this.isOver = true;
    };
    await retryWhile(() => !signal.aborted, load, {
      ...{ pauseMs: RETRY_MS, signal },
      onFailure: (error) => logger.debug({ err: messageOf(error) }, 'views.still-loading'),
    });
  }
}
