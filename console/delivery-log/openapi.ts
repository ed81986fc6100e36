import { createRoute, z } from '@hono/zod-openapi';
import { idParam, json, keyProblems, time } from '../../common/http/describe.ts';
import { DELIVERY_STATES } from '../../common/model/attempt.ts';
import { STATES } from './delivery-view.ts';
import { DeliveriesQuery, LogsQuery } from './log-query.ts';

/** The API's description of the delivery log. */

const shared = {
  id: z.string().describe('value of the webhook-id header'),
  subscription: z.string().nullable().describe('id of the subscription; null: WEBHOOK_URL'),
  user: z.string().describe('user id; without one, the id of the subscription'),
  attempt: z.int().min(0).describe('number of the attempt, from 1; 0: never sent'),
  status: z.int().nullable().describe('HTTP status of the answer; null: there was none'),
  error: z.string().nullable(),
  topic: z.string(),
  partition: z.int().min(0),
  offset: z.int().min(0),
};
const Attempt = z
  .object({
    ...shared,
    state: z.enum(DELIVERY_STATES),
    excerpt: z.string().describe('beginning of the answer, as text'),
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
        'queued: accepted, and sent as soon as there is a free place; waiting: the endpoint ' +
          'accepts nothing now, or the delivery is not due; in_flight: sent, without an answer yet',
      ),
    waiting_reason: z
      .string()
      .nullable()
      .describe('why the delivery waits; null: it does not wait'),
    lastAttemptAt: time.nullable().describe('end of the last attempt; null: no attempt has ended'),
    nextAttemptAt: time.nullable(),
    accepted_at: time
      .nullable()
      .describe('when the record was written; null once attempted or in flight'),
    event_type: z.string().nullable(),
    file: z.string().nullable().describe('id of the file, if the delivery is a row of a file'),
    row: z.int().nullable().describe('number of that row, from 1'),
  })
  .openapi('Delivery');

const tags = ['delivery log'];
const subscriptionId = idParam('sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X');
const nextCursor = z
  .string()
  .nullable()
  .describe('`cursor` of the next page; null: this is the last page');

const AttemptPage = z.object({ attempts: z.array(Attempt), nextCursor }).openapi('AttemptPage');
const DeliveryWithAttempts = z
  .object({ ...Delivery.shape, attempts: z.array(Attempt) })
  .openapi('DeliveryWithAttempts');

const search_limit_met = z
  .boolean()
  .describe(
    'true: the page ended at the limit of one request for reading the log, so go on with ' +
      '`nextCursor`; where that is null, the log could not be searched to its end',
  );

const logs = <Path extends string>(path: Path, operationId: string) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    ...{ tags, summary: 'List the attempts for a subscription, newest first' },
    request: { params: subscriptionId, query: LogsQuery },
    responses: {
      200: json('A page of attempts', AttemptPage),
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
      'With `status` `queued` or `waiting` the list has the unfinished deliveries of the log, ' +
      'partition after partition, each from its oldest on; with `in_flight` it has the requests ' +
      'under way for half a second or more, at most 100 of each consumer.',
    request: { query: DeliveriesQuery },
    responses: {
      200: json(
        'A page of deliveries',
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
    ...{ tags, summary: 'Get a delivery with its attempts, oldest first' },
    description:
      'A delivery is found from its acceptance on; its attempts are kept for LOG_RETENTION_HOURS.',
    request: {
      params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X'),
      query: DeliveriesQuery.pick({ subscription: true }),
    },
    responses: {
      200: json('The delivery with its attempts', DeliveryWithAttempts),
      ...keyProblems('invalid-fields', 'not-found', 'too-many-requests', 'broker-unavailable'),
    },
  }),
  logs('/subscriptions/{id}/logs', 'listAttempts'),
  logs('/subscription/logs/{id}', 'listAttemptsByOldPath'),
];
