import { readJsonSource } from '../../common/http/body.ts';
import { jsonBody, keyProblems } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import { requestKeyOf } from '../idempotency/request-key.ts';
import { REPLAYED_HEADER, acceptOnce } from './accept-once.ts';
import { EventAccepted, KEYED, accepted } from './delivery-answers.ts';
import { traceparentOf } from './request-span.ts';
import { EventBody, IdempotencyHeader } from './requests.ts';
import { parseDelivery } from './parse-delivery.ts';
import type { RouteDeps } from './send.ts';

/**
 * Writes one record, whoever takes the type. The consumers match it with the subscriptions when
 * they read it, so it is accepted for all of them or for none.
 */
export const publishEvent = route(
  {
    readsBody: true,
    bodyBytesMax: ({ admission }: RouteDeps) => admission.requestBytesMax,
    method: 'post',
    path: '/events',
    operationId: 'publishEvent',
    tags: ['deliveries'],
    summary: 'Publish an event to each subscription that takes its type',
    request: { headers: IdempotencyHeader, body: jsonBody(EventBody) },
    responses: {
      202: accepted('All in-sync replicas of Kafka have the event', EventAccepted),
      ...keyProblems('malformed-json', 'invalid-fields', ...KEYED),
    },
  },
  async (c, deps: RouteDeps) => {
    const { admission } = deps;
    admission.check();
    const key = c.req.valid('header')['idempotency-key'];
    const event = parseDelivery(EventBody, await readJsonSource(c));
    const { type, user_id: userId = null, body } = event;
    admission.checkSize(Buffer.byteLength(body));
    const traceparent = traceparentOf(c);
    const what = { userId, eventType: type, contentType: null, traceparent, body };
    const keyed = requestKeyOf(key, ['events', userId ?? ''], [type, body]);
    const { id, isRepeated } = await acceptOnce(deps, keyed, (id) =>
      admission.write([{ ...what, id, subscription: null, isFanOut: true }]),
    );
    if (isRepeated) c.header(REPLAYED_HEADER, 'true');
    return c.json({ id }, 202);
  },
);
