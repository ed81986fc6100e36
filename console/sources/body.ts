import { z } from 'zod';
import { EVENT_TYPE_LENGTH_MAX } from '../../common/model/event-types.ts';
import {
  EVENT_TYPE_ALLOWED,
  EVENT_TYPE_PATTERN,
  LOCATOR_CHARS_MAX,
  TOPIC_PATTERN,
  USER_ID_ALLOWED,
  USER_ID_PATTERN,
  parseEventType,
  parseUserId,
} from '../../common/model/source.ts';
import { logPosition } from '../query/log-position.ts';

/** Schemas of the requests that make, change and list sources. */

const LIMIT = 'allowed: a whole number from 1 to 500';

const fields = {
  user_id: z
    .string()
    .refine((text) => parseUserId(text) !== null, USER_ID_ALLOWED)
    .describe('where a record names its user: `key`, `header:NAME` or a JSON pointer')
    .meta({
      pattern: USER_ID_PATTERN,
      maxLength: LOCATOR_CHARS_MAX,
      example: '/after/customer_id',
    }),
  event_type: z
    .string()
    .refine((text) => parseEventType(text) !== null, EVENT_TYPE_ALLOWED)
    .describe('where it names its event type: `header:NAME`, a JSON pointer, or one type for all')
    .meta({ pattern: EVENT_TYPE_PATTERN, maxLength: EVENT_TYPE_LENGTH_MAX, example: '/op' }),
  tombstones: z
    .enum(['skip', 'deliver'])
    .describe('records without a value: passed over, or sent with an empty body'),
  to_default: z.boolean().describe('whether each event goes to WEBHOOK_URL, too'),
};

export const CreateBody = z
  .strictObject({
    topic: z
      .string()
      .describe('topic whose records are events; it need not exist yet')
      .meta({ pattern: TOPIC_PATTERN, example: 'orders' }),
    user_id: fields.user_id.default('key'),
    event_type: fields.event_type.default('header:event-type'),
    tombstones: fields.tombstones.default('skip'),
    to_default: fields.to_default.default(false),
    from: logPosition(['now', 'earliest']).default('now').describe('where it begins in the topic'),
  })
  .meta({ id: 'CreateSource', example: { topic: 'orders', user_id: '/customer_id' } });
export type CreateBody = z.output<typeof CreateBody>;

export const PatchBody = z
  .strictObject(z.object(fields).partial().shape)
  .meta({ id: 'UpdateSource', example: { user_id: 'header:customer' } });
export type PatchBody = z.output<typeof PatchBody>;

export const ListQuery = z.strictObject({
  limit: z.coerce
    .number(LIMIT)
    .pipe(z.int(LIMIT).min(1, LIMIT).max(500, LIMIT))
    .meta({ type: 'integer', minimum: 1, maximum: 500, default: 100 })
    .default(100),
  /** `next_cursor` of the page before. */
  cursor: z.string().min(1, 'allowed: next_cursor of the page before').optional(),
});
