import { z } from 'zod';
import { instant } from '../query/instant-field.ts';
import { QUEUE_CURSOR } from '../unfinished/queue-cursor.ts';
import { STATES, isState } from './states.ts';

const STATUS_ALLOWED = `${STATES.join(', ')} or an HTTP status`;

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
  event_type: name.optional(),
  file: name.optional(),
  error: name.describe('a part of the error, in any case').optional(),
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
