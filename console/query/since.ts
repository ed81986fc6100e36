import { parseDurationMs } from '../../common/config/setting-types.ts';
import { INSTANT_ALLOWED, INSTANT_PATTERN, parseInstant } from './instant.ts';

/** Description of a duration back from now, for messages. */
export const BACK_ALLOWED = 'a duration back such as 30m, 2h or 1d';

/** Description of the values that `parseSince` accepts, for messages. */
export const SINCE_ALLOWED = `${INSTANT_ALLOWED}, or ${BACK_ALLOWED}`;

/** Pattern of these values, for the API's description. */
export const SINCE_PATTERN = `\\d{1,6}(ms|s|m|h|d)|${INSTANT_PATTERN}`;

/** An ISO time, or a duration back from now. @returns ms since 1970; null when it is neither */
export function parseSince(text: string, nowMs: number): number | null {
  const backMs = parseDurationMs(text);
  return backMs === null ? parseInstant(text) : Math.max(0, nowMs - backMs);
}

/** The same place in time, as a text that means the same later; others are returned unchanged. */
export function fixedSince(text: string, nowMs: number): string {
  if (parseDurationMs(text) === null) return text;
  return new Date(parseSince(text, nowMs) as number).toISOString();
}
