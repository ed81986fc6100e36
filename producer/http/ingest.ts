import { z } from 'zod';
import { jsonBody, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import { takesType } from '../../common/model/event-types.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { requestKeyOf } from '../idempotency/request-key.ts';
import { REPLAYED_HEADER, acceptOnce } from './accept-once.ts';
import { Accepted, KEYED, accepted } from './delivery-answers.ts';
import { traceparentOf } from './request-span.ts';
import { EventTypeHeader, IdempotencyHeader, passedContentType } from './requests.ts';
import type { RouteDeps } from './send.ts';
import type { Subscriptions } from './subscriptions.ts';

interface Deps extends RouteDeps {
  readonly subscriptions: Subscriptions;
}

const REFUSALS = ['bad-request', 'invalid-fields', 'unsupported-media-type'] as const;
const SUBSCRIPTION = ['not-found', 'disabled', 'type-not-subscribed'] as const;

/** Passes the body on, byte for byte, to one subscription. */
export const ingest = route(
  {
    readsBody: true,
    bodyBytesMax: ({ admission }: Deps) => admission.requestBytesMax,
    method: 'post',
    path: '/ingest/{subscriptionId}',
    operationId: 'ingest',
    tags: ['deliveries'],
    summary: 'Send a body of any type to one subscription, byte for byte',
    description: 'Any other content type is passed on as well; JSON stands here for all of them.',
    request: {
      params: z.object({
        subscriptionId: z.string().min(1).meta({ example: 'sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X' }),
      }),
      headers: EventTypeHeader.extend(IdempotencyHeader.shape),
      body: jsonBody(z.unknown().meta({ example: { orderId: 7 } })),
    },
    responses: {
      202: accepted('All in-sync replicas of Kafka have the delivery', Accepted),
      ...keyProblems(...REFUSALS, ...SUBSCRIPTION, ...KEYED),
    },
  },
  async (c, deps: Deps) => {
    const { admission, subscriptions } = deps;
    admission.check();
    const { 'idempotency-key': key, 'event-type': eventType = null } = c.req.valid('header');
    const contentType = passedContentType(c.req.header('content-type'));
    if (contentType === undefined) {
      throw new HttpProblem(415, 'Content-Type: allowed: up to 200 visible ASCII characters');
    }
    checkPlain(c.req.header('content-encoding'));
    const subscription = await subscriptions.load(c.req.valid('param').subscriptionId);
    checkTakes(subscription, eventType);
    const body = Buffer.from(await c.req.arrayBuffer());
    if (body.length === 0) throw new HttpProblem(400, 'The body is empty');
    admission.checkSize(body.length);
    const traceparent = traceparentOf(c);
    const to = { userId: null, subscription: subscription.id, eventType, contentType };
    const keyed = requestKeyOf(key, ['ingest', subscription.id], [eventType, contentType, body]);
    const { id, isRepeated } = await acceptOnce(deps, keyed, (id) =>
      admission.write([{ id, ...to, traceparent, body }]),
    );
    if (isRepeated) c.header(REPLAYED_HEADER, 'true');
    return c.json({ id }, 202);
  },
);

/**
 * Nobody who gets the bytes would be told how to decode them.
 *
 * @throws HttpProblem 415
 */
function checkPlain(encoding = 'identity'): void {
  if (/^identity$/i.test(encoding)) return;
  throw new HttpProblem(415, `Content-Encoding: ${encoding}; allowed: none, or identity`);
}

/** @throws HttpProblem 400, 409 */
function checkTakes({ id, eventTypes }: Subscription, eventType: string | null): void {
  if (takesType(eventTypes, eventType)) return;
  const takes = `subscription ${id} takes ${eventTypes.join(', ')} only`;
  if (eventType === null) throw new HttpProblem(400, `The header Event-Type is missing; ${takes}`);
  throw new HttpProblem(409, `${takes}, not ${eventType}`, { code: 'type-not-subscribed' });
}
