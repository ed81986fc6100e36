import { z } from 'zod';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { INSTANT_ALLOWED, parseInstant } from '../query/instant.ts';
import { QUEUE_CURSOR } from '../unfinished/queue-cursor.ts';
import { STATES, isState } from './states.ts';

const STATUS_ALLOWED = `${STATES.join(', ')} or an HTTP status`;

const instant = z
  .string()
  .meta({ format: 'date-time', example: '2026-01-31T08:00:00Z' })
  .transform((text, context) => {
    const ms = parseInstant(text);
    if (ms !== null) return ms;
    context.addIssue({ code: 'custom', message: `allowed: ${INSTANT_ALLOWED}` });
    return z.NEVER;
  });

const page = {
  limit: z.coerce
    .number('allowed: a whole number from 1 to 500')
    .refine((n) => Number.isInteger(n) && n >= 1 && n <= 500, {
      error: 'allowed: a whole number from 1 to 500',
    })
    .meta({ type: 'integer', minimum: 1, maximum: 500, default: 100 })
    .default(100),
  /** `next_cursor` of the page before. */
  cursor: z
    .string()
    .regex(/^\d{1,15}-\d{1,15}$/, 'allowed: next_cursor of the page before')
    .optional(),
  since: instant.optional(),
  until: instant.optional(),
};

/** `next_cursor` of a page of unfinished deliveries, else of one of attempts. */
const ANY_CURSOR = new RegExp(`^\\d{1,15}-\\d{1,15}$|${QUEUE_CURSOR.source}`);

const name = z.string().min(1, 'allowed: 1 to 500 characters').max(500);

export const LogsQuery = z.strictObject(page);

export const DeliveriesQuery = z.strictObject({
  ...page,
  cursor: z.string().regex(ANY_CURSOR, 'allowed: next_cursor of the page before').optional(),
  subscription: name.optional(),
  user: name.optional(),
  id: name.optional(),
  status: z
    .string()
    .refine((text) => isState(text) || /^[1-5]\d\d$/.test(text), {
      error: `allowed: ${STATUS_ALLOWED}`,
    })
    .meta({ pattern: `^(${STATES.join('|')}|[1-5]\\d\\d)$`, example: 'dead' })
    .optional(),
});

export interface LogFilter extends Partial<z.output<typeof DeliveriesQuery>> {
  readonly limit: number;
  /** The last attempt of each delivery alone. */
  readonly isLatestOnly: boolean;
}

/**
 * Returns the query for a page of attempts. The query reads one row more than the page has, which
 * tells whether there is a next page.
 */
export function selectAttempts(filter: LogFilter): { sql: string; values: (string | number)[] } {
  const conditions: string[] = [];
  const values: (string | number)[] = [];
  const where = (condition: string, ...given: (string | number)[]) => {
    conditions.push(condition);
    values.push(...given);
  };
  const { subscription, user, id, status, since, until, cursor } = filter;
  if (filter.isLatestOnly) where('is_latest = 1');
  if (subscription === DEFAULT_ENDPOINT_ID) where('subscription IS NULL');
  else if (subscription !== undefined) where('subscription = ?', subscription);
  if (user !== undefined) where('user = ?', user);
  if (id !== undefined) where('id = ?', id);
  if (status !== undefined && isState(status)) where('state = ?', status);
  else if (status !== undefined) where('status = ?', Number(status));
  // The index by state leaves out delivered attempts, as most are delivered.
  if (status !== undefined && status !== 'delivered' && isState(status)) {
    where("state <> 'delivered'");
  }
  if (since !== undefined) where('at >= ?', since);
  if (until !== undefined) where('at < ?', until);
  if (cursor !== undefined) where('(at, seq) < (?, ?)', ...cursor.split('-').map(Number));
  const condition = conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
  const sql = `SELECT * FROM attempts${condition} ORDER BY at DESC, seq DESC LIMIT ?`;
  return { sql, values: [...values, filter.limit + 1] };
}
