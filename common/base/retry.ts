import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, but not beyond an abort, which is no error. */
export async function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, signal && { signal }).catch(() => {});
}

interface Retries {
  readonly pauseMs: number;
  /** Asked after each failure, before the pause. It may throw another error in its place. */
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
