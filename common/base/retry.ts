import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, but not beyond an abort, which is no error. */
export async function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, signal && { signal }).catch(() => {});
}

interface Retries {
  readonly pauseMs: number;
  /** Called after each failure, before the pause; may throw another error instead. */
  readonly mayRetry: (error: unknown) => boolean;
  /** Ends a pause early: `mayRetry` has the last word then. */
  readonly signal?: AbortSignal;
}

/**
 * Does work again and again until it succeeds.
 *
 * @throws the last error, once `mayRetry` says no
 */
export async function retryUntilDone<Result>(
  work: () => Promise<Result>,
  { pauseMs, mayRetry, signal }: Retries,
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!mayRetry(error)) throw error;
      await pause(pauseMs, signal);
    }
  }
}
