import { createRoute, z } from '@hono/zod-openapi';
import { idParam, json, jsonBody, keyProblems, link, time } from '../../common/http/describe.ts';
import { SIGNATURE_VERSIONS } from '../../common/model/subscription.ts';
import { CreateBody, EnableBody, ListQuery, PatchBody, RotateBody } from './body.ts';

/** The API's description of subscriptions. */

const View = z
  .object({
    id: z.string().meta({ example: 'sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X' }),
    target_url: z.string(),
    event_types: z
      .array(z.string())
      .describe('exact types, or groups such as order.*; empty: every type'),
    rate_limit: z.number().nullable().describe('deliveries a second of all consumers together'),
    ordering: z
      .enum(['none', 'key'])
      .nullable()
      .describe('order of the deliveries; null: as ORDERING says'),
    headers: z
      .record(z.string(), z.string())
      .describe('names of the headers; the values stay hidden'),
    description: z.string(),
    enabled: z.boolean(),
    disabled_reason: z.string().nullable(),
    failing_since: time
      .nullable()
      .describe('time since which the target has accepted nothing; see DISABLE_AFTER'),
    unusable_reason: z
      .string()
      .nullable()
      .describe('why the secrets cannot be read; null: they can'),
    target_forbidden: z
      .string()
      .nullable()
      .describe('why deliveries may not go to the target; null: they may'),
    resting_until: time
      .nullable()
      .describe('end of the pause that the target asked for; null: no pause'),
    signatures: z.array(z.enum(SIGNATURE_VERSIONS)),
    public_keys: z.array(z.string()).describe('public keys of v1a signatures, newest first'),
    previous_secret_valid_until: time.nullable(),
    created_at: time,
    updated_at: time,
  })
  .openapi('Subscription');
/** A schema of its own: generators lose what may be null where two are put together. */
const WithSecret = z
  .object({
    ...View.shape,
    secret: z.string().describe('signing secret, which is shown only once'),
  })
  .openapi('SubscriptionWithSecret');

const DefaultView = z
  .object({
    id: z.literal('default'),
    target_url: z.string(),
    enabled: z.boolean(),
    resting_until: time.nullable(),
  })
  .openapi('DefaultEndpoint');
const TestResult = z
  .object({
    id: z.string().describe('value of the webhook-id header of the test event'),
    status: z.int().nullable().describe('HTTP status of the answer; null: there was none'),
    latency_ms: z.number().nullable(),
    excerpt: z.string().describe('beginning of the answer, as text'),
    error: z.string().nullable().describe('why the event was not accepted; null: it was'),
  })
  .openapi('TestResult');
const SWITCH = {
  enable:
    'Enable a subscription, and end the pause that its target asked for; `default` is WEBHOOK_URL',
  disable: 'Disable a subscription; queued deliveries wait. `default` is WEBHOOK_URL',
};

const tags = ['subscriptions'];
const params = idParam('sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X');
const switchParams = idParam('default');
/** The operations that take the id of an answer. */
const LINKS = {
  ...{ get: link('getSubscription'), update: link('updateSubscription') },
  ...{ rotate: link('rotateSecret'), test: link('testSubscription') },
  ...{ logs: link('listAttempts'), delete: link('deleteSubscription') },
  ingest: link('ingest', 'subscriptionId'),
};
const BODY = ['malformed-json', 'invalid-fields', 'payload-too-large'] as const;
const ALWAYS = ['broker-unavailable'] as const;

export const subscriptionRoutes = [
  createRoute({
    method: 'post',
    path: '/subscriptions',
    operationId: 'createSubscription',
    ...{ tags, summary: 'Create a subscription of a target to events' },
    request: { body: jsonBody(CreateBody) },
    responses: {
      201: { ...json('The subscription; its secret is not shown again', WithSecret), links: LINKS },
      ...keyProblems(...BODY, 'target-forbidden', ...ALWAYS),
    },
  }),
  createRoute({
    method: 'get',
    path: '/subscriptions',
    operationId: 'listSubscriptions',
    ...{ tags, summary: 'List subscriptions, oldest first' },
    request: { query: ListQuery },
    responses: {
      200: json(
        'A page of subscriptions',
        z
          .object({ subscriptions: z.array(View), next_cursor: z.string().nullable() })
          .openapi('SubscriptionPage'),
      ),
      ...keyProblems('invalid-fields'),
    },
  }),
  createRoute({
    method: 'get',
    path: '/subscriptions/{id}',
    operationId: 'getSubscription',
    ...{ tags, summary: 'Get a subscription' },
    request: { params },
    responses: {
      200: json('The requested subscription', View),
      ...keyProblems('not-found', 'broker-unavailable'),
    },
  }),
  createRoute({
    method: 'patch',
    path: '/subscriptions/{id}',
    operationId: 'updateSubscription',
    ...{ tags, summary: 'Change a subscription; `enabled` switches it on and off' },
    request: { params, body: jsonBody(PatchBody) },
    responses: {
      200: json('The changed subscription', View),
      ...keyProblems(...BODY, 'target-forbidden', 'not-found', ...ALWAYS),
    },
  }),
  createRoute({
    method: 'delete',
    path: '/subscriptions/{id}',
    operationId: 'deleteSubscription',
    ...{ tags, summary: 'Delete a subscription; its queued deliveries are cancelled' },
    request: { params },
    responses: {
      204: { description: 'The subscription is deleted' },
      ...keyProblems('not-found', ...ALWAYS),
    },
  }),
  createRoute({
    method: 'post',
    path: '/subscriptions/{id}/rotate-secret',
    operationId: 'rotateSecret',
    ...{ tags, summary: 'Rotate the signing secret; the old secret signs too for 24 hours' },
    request: { params, body: jsonBody(RotateBody, false) },
    responses: {
      200: json('The subscription with the new secret, not shown again', WithSecret),
      ...keyProblems(...BODY, 'not-found', ...ALWAYS),
    },
  }),
  createRoute({
    method: 'post',
    path: '/subscriptions/{id}/test',
    operationId: 'testSubscription',
    ...{ tags, summary: 'Send a test event, also while disabled; `default` is WEBHOOK_URL' },
    request: { params: switchParams },
    responses: {
      200: json('Answer of the target', TestResult),
      ...keyProblems('not-found', ...ALWAYS),
    },
  }),
  createRoute({
    method: 'post',
    path: '/subscriptions/{id}/enable',
    operationId: 'enableSubscription',
    ...{ tags, summary: SWITCH.enable },
    request: { params: switchParams, body: jsonBody(EnableBody, false) },
    responses: {
      200: json('The subscription or default endpoint', z.union([View, DefaultView])),
      ...keyProblems(...BODY, 'not-found', ...ALWAYS),
    },
  }),
  createRoute({
    method: 'post',
    path: '/subscriptions/{id}/disable',
    operationId: 'disableSubscription',
    ...{ tags, summary: SWITCH.disable },
    request: { params: switchParams },
    responses: {
      200: json('The subscription or default endpoint', z.union([View, DefaultView])),
      ...keyProblems('not-found', ...ALWAYS),
    },
  }),
];
