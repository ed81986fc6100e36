import { z } from 'zod';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { INSTANT_ALLOWED } from './instant.ts';
import { BACK_ALLOWED, SINCE_PATTERN, parseSince } from './since.ts';

/**
 * A place in the log as people write it: an ISO time, a duration back from now, an offset,
 * `earliest` or `latest`.
 */
export function parseLogPosition(text: string, nowMs: number): ResetTarget | null {
  if (text === 'earliest' || text === 'latest') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  const atMs = parseSince(text, nowMs);
  return atMs === null ? null : { kind: 'time', atMs };
}

/**
 * A place in the log as a field of a request: text; a number, too, since JSON has them.
 *
 * @param words that are allowed besides
 */
export const logPosition = (words: readonly string[]) =>
  z
    .union([z.string(), z.number()], { error: `allowed: ${allowed(words)}` })
    .transform(String)
    .refine((text) => words.includes(text) || isPlace(text), {
      error: `allowed: ${allowed(words)}`,
    })
    // One plain type is described, because text has a form for every position, and a choice of
    // types breaks generators.
    .meta({
      type: 'string',
      description: allowed(words),
      pattern: `^(${['\\d{1,15}', SINCE_PATTERN, ...words].join('|')})$`,
      example: words[0] ?? '2026-01-31T08:00:00Z',
    });

/**
 * The place that such a field names; `now` is the end of the log.
 *
 * @param nowMs from which times back are counted
 */
export function placeOf(text: string, nowMs: number): ResetTarget {
  return (text === 'now' ? null : parseLogPosition(text, nowMs)) ?? { kind: 'latest' };
}

const isPlace = (text: string) =>
  ['offset', 'time'].includes(parseLogPosition(text, 0)?.kind ?? '');

/** Description of the places that every field takes, for messages. */
export const PLACE_ALLOWED = `${INSTANT_ALLOWED}, ${BACK_ALLOWED}, an offset`;

const allowed = (words: readonly string[]) =>
  [PLACE_ALLOWED, ...words].join(', ').replace(/, ([^,]+)$/, ' or $1');
