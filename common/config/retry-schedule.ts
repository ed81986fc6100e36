import type { Config } from './config.ts';

/** No single wait is longer than a day, however many attempts are set. */
const DELAY_MAX_MS = 86_400_000;

export type RetrySettings = Pick<
  Config,
  'RETRY_STRATEGY' | 'RETRY_BASE_MS' | 'RETRY_MAX_ATTEMPTS' | 'RETRY_SCHEDULE'
>;

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
