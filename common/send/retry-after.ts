/** An endpoint cannot silence itself for longer than this by one answer. */
export const RETRY_AFTER_MS_MAX = 3_600_000;

/**
 * Reads a `Retry-After` header, seconds or a date (RFC 9110, 10.2.3).
 *
 * @returns ms to wait from now, at most `RETRY_AFTER_MS_MAX`; null when absent or unreadable
 */
export function parseRetryAfter(value: string | undefined, nowMs: number): number | null {
  if (value === undefined) return null;
  const text = value.trim();
  // Fractions are not in the RFC, but servers with limits below one a second send them.
  if (/^\d+(\.\d+)?$/.test(text)) return Math.min(RETRY_AFTER_MS_MAX, Number(text) * 1_000);
  // Date.parse takes almost anything for a date, so the weekday that the RFC asks for is checked.
  const atMs = /^[A-Za-z]{3,9},? /.test(text) ? Date.parse(text) : NaN;
  if (Number.isNaN(atMs)) return null;
  return Math.min(RETRY_AFTER_MS_MAX, Math.max(0, atMs - nowMs));
}
