import { pause } from '../../common/base/retry.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Child } from './child.ts';
import { nextRestart } from './restart.ts';

export interface KeptProcess {
  /** Process id of the running process; null while a restart is awaited. */
  readonly pid: number | null;
  /** Ends the process for good: TERM, then KILL after its grace. */
  stop(): Promise<void>;
  /** Ends it at once, with KILL. */
  kill(): void;
}

export interface KeepOptions {
  readonly name: string;
  readonly start: () => Child;
  readonly logger: Logger;
  /** A process that runs already and is to be kept from now on. */
  readonly running?: Child;
}

/** Starts a process and starts it again, with back-off, whenever it ends by itself. */
export function keepRunning(options: KeepOptions): KeptProcess {
  const { name, logger } = options;
  const stopping = new AbortController();
  let child: Child | null = options.running ?? options.start();

  const keep = async (): Promise<void> => {
    let failures = 0;
    while (child !== null) {
      const startedAt = performance.now();
      const exit = await child.exited;
      child = null;
      if (stopping.signal.aborted) return;
      const restart = nextRestart(failures, performance.now() - startedAt);
      failures = restart.failures;
      logger.error({ process: name, ...exit, delayMs: restart.delayMs }, 'process.crashed');
      await pause(restart.delayMs, stopping.signal);
      if (stopping.signal.aborted) return;
      child = options.start();
      logger.info({ process: name, pid: child.pid }, 'process.restarted');
    }
  };
  const kept = keep();

  return {
    get pid() {
      return child?.pid ?? null;
    },
    stop: async () => {
      stopping.abort();
      const result = await child?.stop();
      if (result?.killed) logger.warn({ process: name }, 'process.killed-after-grace');
      await kept;
    },
    kill: () => {
      stopping.abort();
      child?.kill();
    },
  };
}
