import { z } from 'zod';
import type { ResetTarget } from '../../common/kafka/admin/reset-offsets.ts';
import { INSTANT_ALLOWED, INSTANT_PATTERN, parseInstant } from './instant.ts';

/** A place in the log as people write it: an ISO time, an offset, `earliest` or `latest`. */
export function parseLogPosition(text: string): ResetTarget | null {
  if (text === 'earliest' || text === 'latest') return { kind: text };
  if (/^\d{1,15}$/.test(text)) return { kind: 'offset', offset: Number(text) };
  const atMs = parseInstant(text);
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
      pattern: `^(${['\\d{1,15}', INSTANT_PATTERN, ...words].join('|')})$`,
      example: words[0] ?? '2026-01-31T08:00:00Z',
    });

/** The place that such a field names; `now` is the end of the log. */
export function placeOf(text: string): ResetTarget {
  return (text === 'now' ? null : parseLogPosition(text)) ?? { kind: 'latest' };
}

const isPlace = (text: string) => ['offset', 'time'].includes(parseLogPosition(text)?.kind ?? '');

const allowed = (words: readonly string[]) =>
  [INSTANT_ALLOWED, 'an offset', ...words].join(', ').replace(/, ([^,]+)$/, ' or $1');
