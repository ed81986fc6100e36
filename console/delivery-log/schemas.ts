import { z } from 'zod';
import { nextCursor, time } from '../../common/http/describe.ts';
import { DELIVERY_STATES } from '../../common/model/attempt.ts';
import { TRIGGERS } from '../../common/model/trigger.ts';
import { STATES } from './states.ts';

/** Shapes of the answers about deliveries. */

const shared = {
  id: z.string().describe('value of the webhook-id header'),
  subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
  user: z.string().describe('user id; without one, the id of the subscription'),
  attempt: z.int().min(0).describe('number of the attempt, from 1; 0: never sent'),
  trigger: z
    .enum(TRIGGERS)
    .nullable()
    .describe(
      'why it is sent once more, counting from attempt 1 again: a `redrive` or a resend has put ' +
        'it back, or a `replay`; null: it is as it was accepted',
    ),
  status: z.int().nullable().describe('HTTP status of the answer; null: there was none'),
  error: z.string().nullable(),
  topic: z.string(),
  partition: z.int().min(0),
  offset: z.int().min(0),
};

export const AttemptView = z
  .object({
    ...shared,
    state: z.enum(DELIVERY_STATES),
    excerpt: z.string().describe('beginning of the answer, as text'),
    latency_ms: z.number().min(0),
    at: time,
    next_attempt_at: time.nullable(),
  })
  .meta({ id: 'Attempt' });
export type AttemptView = Readonly<z.infer<typeof AttemptView>>;

export const DeliveryView = z
  .object({
    ...shared,
    state: z
      .enum(STATES)
      .describe(
        'queued: accepted, and sent as soon as there is a free place; waiting: the endpoint ' +
          'accepts nothing now, or the delivery is not due; in_flight: sent, without an answer yet',
      ),
    waiting_reason: z
      .string()
      .nullable()
      .describe('why the delivery waits; null: it does not wait'),
    last_attempt_at: time
      .nullable()
      .describe('end of the last attempt; null: no attempt has ended'),
    next_attempt_at: time.nullable(),
    accepted_at: time
      .nullable()
      .describe('when the record was written; null once attempted or in flight'),
    event_type: z.string().nullable(),
    file: z.string().nullable().describe('id of the file, if the delivery is a row of a file'),
    row: z.int().nullable().describe('number of that row, from 1'),
  })
  .meta({ id: 'Delivery' });
export type DeliveryView = Readonly<z.infer<typeof DeliveryView>>;

const Headers = z.record(z.string(), z.string());

export const AttemptDetail = z
  .object({
    ...AttemptView.shape,
    request_headers: Headers.nullable().describe(
      'what was sent, made up from the newest record and the settings as they are now, with ' +
        'secrets hidden; null: nothing was sent',
    ),
    response_headers: Headers.nullable().describe(
      'the first 1,024 characters of what was answered, with secrets hidden; null: a success, ' +
        'of which they are not kept, or no answer',
    ),
  })
  .meta({ id: 'AttemptDetail' });
export type AttemptDetail = Readonly<z.infer<typeof AttemptDetail>>;

export const DeliveryWithAttempts = z
  .object({
    ...DeliveryView.shape,
    attempts: z.array(AttemptDetail),
    not_read: z
      .string()
      .nullable()
      .describe('what of the log could not be read now, so that a part is missing; null: nothing'),
  })
  .meta({ id: 'DeliveryWithAttempts' });

export const AttemptPage = z
  .object({ attempts: z.array(AttemptView), next_cursor: nextCursor })
  .meta({ id: 'AttemptPage' });

export const DeliveryPage = z
  .object({
    deliveries: z.array(DeliveryView),
    next_cursor: nextCursor,
    search_limit_met: z
      .boolean()
      .describe(
        'true: the page ended at the limit of one request for reading the log, so go on with ' +
          '`next_cursor`; where that is null, the log could not be searched to its end',
      ),
  })
  .meta({ id: 'DeliveryPage' });
export type DeliveryPage = Readonly<z.infer<typeof DeliveryPage>>;
