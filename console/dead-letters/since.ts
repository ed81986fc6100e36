import { parseDurationMs } from '../../common/config/setting-types.ts';
import { INSTANT_ALLOWED, parseInstant } from '../query/instant.ts';

/** Description of the values that `parseSince` accepts, for messages. */
export const SINCE_ALLOWED = `${INSTANT_ALLOWED}, or a duration back such as 30m, 2h or 1d`;

/** An ISO time, or a duration back from now. @returns ms since 1970; null when it is neither */
export function parseSince(text: string, nowMs: number): number | null {
  const backMs = parseDurationMs(text);
  return backMs === null ? parseInstant(text) : nowMs - backMs;
}
