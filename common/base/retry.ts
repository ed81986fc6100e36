import { setTimeout as sleep } from 'node:timers/promises';

/** Waits, but not beyond an abort, which is no error. */
export async function pause(delayMs: number, signal?: AbortSignal): Promise<void> {
  await sleep(delayMs, undefined, signal && { signal }).catch(() => {});
}

/**
 * Waits for a promise, but not longer than `withinMs`.
 *
 * @returns whether the promise was fulfilled in time
 * @throws the reason of a promise that is rejected in time
 */
export async function waitAtMost(promise: Promise<unknown>, withinMs: number): Promise<boolean> {
  const late = Promise.withResolvers<boolean>();
  const timer = setTimeout(late.resolve, withinMs, false);
  const inTime = promise.then(() => true);
  return await Promise.race([inTime, late.promise]).finally(() => clearTimeout(timer));
}

/**
 * Looks again and again until a condition holds.
 *
 * @param deadlineMs when to give up, ms since 1970
 * @returns whether the condition holds
 */
export async function pollUntil(
  condition: () => boolean | Promise<boolean>,
  { everyMs, deadlineMs = Infinity }: { readonly everyMs: number; readonly deadlineMs?: number },
): Promise<boolean> {
  while (!(await condition())) {
    if (Date.now() >= deadlineMs) return false;
    await pause(everyMs);
  }
  return true;
}

interface Pauses {
  readonly pauseMs: number | (() => number);
  /** Ends a pause early. */
  readonly signal?: AbortSignal;
}

/**
 * Does work again and again until it succeeds.
 *
 * @param retries `mayRetry` is called after each failure; may throw another error instead
 * @throws the last error, once `mayRetry` says no
 */
export async function retryUntilDone<Result>(
  work: () => Promise<Result>,
  { pauseMs, mayRetry, signal }: Pauses & { readonly mayRetry: (error: unknown) => boolean },
): Promise<Result> {
  for (;;) {
    try {
      return await work();
    } catch (error) {
      if (!mayRetry(error)) throw error;
      await pause(typeof pauseMs === 'number' ? pauseMs : pauseMs(), signal);
    }
  }
}

/**
 * Does work again and again, whatever its failures, until it succeeds or is no longer wanted.
 *
 * @param retries `onFailure` is called after each failure, before the pause
 * @returns null when the work is no longer wanted
 */
export async function retryWhile<Result>(
  isWanted: () => boolean,
  work: () => Promise<Result>,
  { pauseMs, onFailure, signal }: Pauses & { readonly onFailure: (error: unknown) => void },
): Promise<Result | null> {
  while (isWanted()) {
    try {
      return await work();
    } catch (error) {
      onFailure(error);
      await pause(typeof pauseMs === 'number' ? pauseMs : pauseMs(), signal);
    }
  }
  return null;
}

/** Does work at intervals until it is ended, whatever its failures; the first time after one. */
export async function repeatEvery(
  everyMs: number,
  work: () => Promise<void>,
  { signal, onFailure }: { signal: AbortSignal; onFailure: (error: unknown) => void },
): Promise<void> {
  for (;;) {
    await pause(everyMs, signal);
    if (signal.aborted) return;
    await work().catch(onFailure);
  }
}
