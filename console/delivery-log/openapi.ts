import { createRoute, z } from '@hono/zod-openapi';
import { idParam, json, keyProblems, time } from '../../common/http/openapi/define.ts';
import { DELIVERY_STATES } from '../../common/model/attempt.ts';
import { STATES } from './delivery-view.ts';
import { DeliveriesQuery, LogsQuery } from './log-query.ts';

/** The API's description of the delivery log. */

const shared = {
  id: z.string().describe('the webhook-id'),
  subscription: z.string().nullable().describe('null: WEBHOOK_URL'),
  user: z.string().describe('the user, else the subscription'),
  attempt: z.int().min(0).describe('1-based; 0: never sent'),
  status: z.int().nullable().describe('HTTP status; null: no answer'),
  error: z.string().nullable(),
  topic: z.string(),
  partition: z.int().min(0),
  offset: z.int().min(0),
};
const Attempt = z
  .object({
    ...shared,
    state: z.enum(DELIVERY_STATES),
    excerpt: z.string().describe('the beginning of the answer as text'),
    latencyMs: z.number().min(0),
    at: time,
    nextAttemptAt: time.nullable(),
  })
  .openapi('Attempt');
const Delivery = z
  .object({
    ...shared,
    state: z
      .enum(STATES)
      .describe(
        'queued: accepted, and sent as soon as there is a place for it; waiting: its endpoint ' +
          'takes nothing now, or its time has not come; in_flight: sent, without an answer yet',
      ),
    waiting_reason: z.string().nullable().describe('why it waits; null: it does not'),
    lastAttemptAt: time.nullable().describe('null: none has ended'),
    nextAttemptAt: time.nullable(),
    accepted_at: time
      .nullable()
      .describe('when its record was written; null for what was attempted, or is in flight'),
    event_type: z.string().nullable(),
    file: z.string().nullable().describe('the id of the file that it is a row of'),
    row: z.int().nullable().describe('1-based number of that row'),
  })
  .openapi('Delivery');

const tags = ['delivery log'];
const subscriptionId = idParam('sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X');
const nextCursor = z.string().nullable().describe('`cursor` of the next page; null: no more');

const AttemptPage = z.object({ attempts: z.array(Attempt), nextCursor }).openapi('AttemptPage');
const DeliveryWithAttempts = z
  .object({ ...Delivery.shape, attempts: z.array(Attempt) })
  .openapi('DeliveryWithAttempts');

const search_limit_met = z
  .boolean()
  .describe(
    'true: the page ended because as much of the log was read as one request may, so go on with ' +
      '`nextCursor`; where that is null, not all could be looked through',
  );

const logs = <Path extends string>(path: Path, operationId: string) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    ...{ tags, summary: 'Attempts for one subscription, newest first' },
    request: { params: subscriptionId, query: LogsQuery },
    responses: {
      200: json('A page', AttemptPage),
      ...keyProblems('invalid-fields', 'not-found'),
    },
  });

export const logRoutes = [
  createRoute({
    method: 'get',
    path: '/deliveries',
    operationId: 'listDeliveries',
    ...{ tags, summary: 'List deliveries by their last attempt, newest first' },
    description:
      'With `status` `queued` or `waiting`, those of the log that are not finished, partition ' +
      'after partition, each from its oldest on; with `in_flight`, the requests under way for ' +
      'half a second or more, 100 of each consumer at most.',
    request: { query: DeliveriesQuery },
    responses: {
      200: json(
        'A page',
        z
          .object({ deliveries: z.array(Delivery), nextCursor, search_limit_met })
          .openapi('DeliveryPage'),
      ),
      ...keyProblems('invalid-fields', 'too-many-requests', 'broker-unavailable'),
    },
  }),
  createRoute({
    method: 'get',
    path: '/deliveries/{id}',
    operationId: 'getDelivery',
    ...{ tags, summary: 'Get one delivery with its attempts, oldest first' },
    description: 'From its acceptance on; the attempts are there for LOG_RETENTION_HOURS.',
    request: {
      params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X'),
      query: DeliveriesQuery.pick({ subscription: true }),
    },
    responses: {
      200: json('It', DeliveryWithAttempts),
      ...keyProblems('invalid-fields', 'not-found', 'too-many-requests', 'broker-unavailable'),
    },
  }),
  logs('/subscriptions/{id}/logs', 'listAttempts'),
  logs('/subscription/logs/{id}', 'listAttemptsByOldPath'),
];
