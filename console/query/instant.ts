const DATE = /^\d{4}-\d{2}-\d{2}$/;
const TIME = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(:\d{2}(\.\d{1,9})?)?(Z|[+-]\d{2}:\d{2})$/;

/** Description of the values that `parseInstant` accepts, for messages. */
export const INSTANT_ALLOWED = 'an ISO time with its zone, such as 2026-01-31T08:00:00Z';

/** Pattern of a time, for the API's description; it cannot say how many days a month has. */
export const INSTANT_PATTERN =
  '\\d{4}-[01]\\d-[0-3]\\d(T[0-2]\\d:[0-5]\\d(:[0-5]\\d(\\.\\d{1,9})?)?(Z|[+-][0-2]\\d:[0-5]\\d))?';

/**
 * An ISO time, with its zone so that it means the same on every machine; a date alone is its
 * midnight in UTC.
 *
 * @returns ms since 1970, or null when the text is no such time
 */
export function parseInstant(text: string): number | null {
  if (!DATE.test(text) && !TIME.test(text)) return null;
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return null;
  // Date.parse turns 31 February into 3 March.
  const day = new Date(Date.parse(text.slice(0, 10))).toISOString().slice(0, 10);
  return day === text.slice(0, 10) ? ms : null;
}
