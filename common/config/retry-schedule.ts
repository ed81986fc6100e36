import type { Config } from './config.ts';

/** No single wait is longer than a day, however many attempts are set. */
const DELAY_MAX_MS = 86_400_000;

export type RetrySettings = Pick<
  Config,
  'RETRY_STRATEGY' | 'RETRY_BASE_MS' | 'RETRY_MAX_ATTEMPTS' | 'RETRY_SCHEDULE'
>;

/**
 * Returns the delay of the retry topic in which a wait goes by: the shortest that is not shorter
 * than the wait, so that no record holds back others of its topic that are due sooner. The longest
 * topic takes waits that are longer still, from before the settings were changed.
 *
 * @param delaysMs those of all retry topics
 * @returns null when there is no retry topic
 */
export function retryTopicDelayMs(waitMs: number, delaysMs: readonly number[]): number | null {
  if (delaysMs.length === 0) return null;
  const longEnough = delaysMs.filter((delayMs) => delayMs >= waitMs);
  return longEnough.length > 0 ? Math.min(...longEnough) : Math.max(...delaysMs);
}

/**
 * The waits between attempts, in ms: entry 0 is the wait before attempt 2.
 * Its length plus one is the number of attempts a delivery gets.
 */
export function retrySchedule(settings: RetrySettings): readonly number[] {
  if (settings.RETRY_SCHEDULE) return settings.RETRY_SCHEDULE;
  const base = settings.RETRY_BASE_MS;
  return Array.from({ length: settings.RETRY_MAX_ATTEMPTS - 1 }, (_, index) => {
    const delayMs = settings.RETRY_STRATEGY === 'linear' ? base * (index + 1) : base * 2 ** index;
    return Math.min(DELAY_MAX_MS, delayMs);
  });
}
