import { createRoute, z } from '@hono/zod-openapi';
import { idParam, json, keyProblems, time } from '../../common/api/define.ts';
import { DELIVERY_STATES } from '../../common/attempt.ts';
import { DeliveriesQuery, LogsQuery } from './decide/log-query.ts';

/** The API's description of the delivery log. */

const shared = {
  id: z.string().describe('the webhook-id'),
  subscription: z.string().nullable().describe('null: WEBHOOK_URL'),
  user: z.string().describe('the user, else the subscription'),
  attempt: z.int().min(0).describe('1-based; 0: never sent'),
  state: z.enum(DELIVERY_STATES),
  status: z.int().nullable().describe('HTTP status; null: no answer'),
  error: z.string().nullable(),
};
const Attempt = z
  .object({
    ...shared,
    excerpt: z.string().describe('the beginning of the answer as text'),
    latencyMs: z.number().min(0),
    at: time,
    nextAttemptAt: time.nullable(),
    topic: z.string(),
    partition: z.int().min(0),
    offset: z.int().min(0),
  })
  .openapi('Attempt');
const Delivery = z
  .object({ ...shared, lastAttemptAt: time, nextAttemptAt: time.nullable() })
  .openapi('Delivery');

const tags = ['delivery log'];
const subscriptionId = idParam('sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X');
const nextCursor = z.string().nullable().describe('`cursor` of the next page; null: no more');

const logs = <Path extends string>(path: Path, operationId: string) =>
  createRoute({
    method: 'get',
    path,
    operationId,
    ...{ tags, summary: 'Attempts for one subscription, newest first' },
    request: { params: subscriptionId, query: LogsQuery },
    responses: {
      200: json('A page', z.object({ attempts: z.array(Attempt), nextCursor })),
      ...keyProblems('invalid-fields', 'not-found'),
    },
  });

export const logRoutes = [
  createRoute({
    method: 'get',
    path: '/deliveries',
    operationId: 'listDeliveries',
    ...{ tags, summary: 'Deliveries by their last attempt, newest first' },
    request: { query: DeliveriesQuery },
    responses: {
      200: json('A page', z.object({ deliveries: z.array(Delivery), nextCursor })),
      ...keyProblems('invalid-fields'),
    },
  }),
  createRoute({
    method: 'get',
    path: '/deliveries/{id}',
    operationId: 'getDelivery',
    ...{ tags, summary: 'One delivery with its attempts, oldest first' },
    request: {
      params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X'),
      query: DeliveriesQuery.pick({ subscription: true }),
    },
    responses: {
      200: json('It', z.intersection(Delivery, z.object({ attempts: z.array(Attempt) }))),
      ...keyProblems('invalid-fields', 'not-found'),
    },
  }),
  logs('/subscriptions/{id}/logs', 'listAttempts'),
  logs('/subscription/logs/{id}', 'listAttemptsByOldPath'),
];
