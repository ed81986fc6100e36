import { z } from 'zod';
import { CopyRate } from '../republish/rate.ts';
import type { RedriveFilter } from './redrive-filter.ts';
import { ALL_DEAD_LETTERS } from './redrive-filter.ts';
import { SINCE_ALLOWED, SINCE_PATTERN, parseSince } from '../query/since.ts';
import type { DeadLetterFilter } from './database.ts';
import { CURSOR } from './cursor.ts';

const IDS_MAX = 10_000;
const REASON_CHARS_MAX = 400;
const STATUS = { error: 'allowed: an HTTP status from 100 to 599' };

const name = (what: string) => z.string().min(1, `allowed: ${what}`).optional();
const since = z
  .string()
  .refine((text) => parseSince(text, 0) !== null, { error: `allowed: ${SINCE_ALLOWED}` })
  .meta({
    description: SINCE_ALLOWED,
    pattern: `^(${SINCE_PATTERN})$`,
    example: '2h',
  })
  .optional();
const named = {
  subscription: name('the id of a subscription, or default'),
  error: name('a part of the error').describe('a part of the error, in any case'),
  user: name('the id of a user'),
};

/** Query of `GET /dead-letters`. */
export const DeadLettersQuery = z.strictObject({
  ...named,
  id: name('the id of a delivery'),
  status: z.coerce.number(STATUS).int(STATUS).min(100, STATUS).max(599, STATUS).optional(),
  since,
  cursor: z.string().regex(CURSOR, 'allowed: next_cursor of the page before').optional(),
  limit: z.coerce
    .number('allowed: 1 to 1000')
    .int('allowed: 1 to 1000')
    .min(1, 'allowed: 1 to 1000')
    .max(1_000, 'allowed: 1 to 1000')
    .default(100),
});

/** Dead letters that a body means. To mean all of them, `filter` is said to be empty. */
const chosen = {
  filter: z
    .strictObject({
      ...named,
      status: z.number(STATUS).int(STATUS).min(100, STATUS).max(599, STATUS).optional(),
      since,
    })
    .optional(),
  ids: z
    .array(z.string().min(1, 'allowed: the id of a delivery'))
    .min(1, `allowed: 1 to ${IDS_MAX} ids`)
    .max(IDS_MAX, `allowed: 1 to ${IDS_MAX} ids`)
    .optional(),
  dry_run: z.boolean('allowed: true or false').default(false),
};
const NOT_CHOSEN = { path: ['filter'], error: 'allowed: conditions; {} for all dead letters' };
const CHOSEN = '`filter`, `ids` or both must be there';

/** Body of `POST /dead-letters/redrive`. */
export const RedriveBody = z
  .strictObject({ ...chosen, rate: CopyRate })
  .refine(({ filter, ids }) => filter ?? ids, NOT_CHOSEN)
  .meta({ id: 'RedriveRequest', description: CHOSEN });

const REASON = `allowed: 1 to ${REASON_CHARS_MAX} characters`;

/** Body of `POST /dead-letters/discard`. */
export const DiscardBody = z
  .strictObject({
    ...chosen,
    reason: z
      .string(REASON)
      .trim()
      .min(1, REASON)
      .max(REASON_CHARS_MAX, REASON)
      .optional()
      .describe('kept as the error of each delivery; a dry run needs none'),
  })
  .refine(({ filter, ids }) => filter ?? ids, NOT_CHOSEN)
  .refine(({ reason, dry_run }) => dry_run || reason !== undefined, {
    path: ['reason'],
    error: REASON,
  })
  .meta({ id: 'DiscardRequest', description: CHOSEN });

/** @param nowMs what a duration back is counted from */
export function toListFilter(
  { id, subscription, user, status, error, since: from }: z.output<typeof DeadLettersQuery>,
  nowMs: number,
): DeadLetterFilter {
  return {
    id: id ?? null,
    subscription: subscription ?? null,
    user: user ?? null,
    status: status ?? null,
    error: error ?? null,
    sinceMs: from === undefined ? null : parseSince(from, nowMs),
  };
}

/** @param nowMs what a duration back is counted from */
export function toRedriveFilter(
  { filter = {}, ids = [] }: Pick<z.output<typeof RedriveBody>, 'filter' | 'ids'>,
  nowMs: number,
): RedriveFilter {
  const { subscription, user, status, error, since: from } = filter;
  return {
    ...ALL_DEAD_LETTERS,
    ids: new Set(ids),
    subscription: subscription ?? null,
    user: user ?? null,
    status: status ?? null,
    error: error ?? null,
    sinceMs: from === undefined ? null : parseSince(from, nowMs),
  };
}
