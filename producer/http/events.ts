import { takesType } from '../../common/model/event-types.ts';
import type { HttpApp } from '../../common/http/app.ts';
import { limitBody, parseBody, readJsonSource } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { requestKeyOf } from '../idempotency/request-key.ts';
import { REPLAYED_HEADER, acceptOnce, idempotencyKeyOf } from './accept-once.ts';
import { traceparentOf } from './request-span.ts';
import { EventBody, EventTypeHeader, passedContentType } from './requests.ts';
import { parseDelivery } from './parse-delivery.ts';
import type { RouteDeps } from './send.ts';
import type { Subscriptions } from './subscriptions.ts';

interface Deps extends RouteDeps {
  readonly subscriptions: Subscriptions;
}

/**
 * `POST /events`: one record, whoever takes the type. The consumers match it with the subscriptions
 * when they read it, so it is accepted for all of them or for none.
 */
export function addEvents(app: HttpApp, deps: RouteDeps): void {
  const { admission } = deps;
  app.post('/events', limitBody(admission.requestBytesMax), async (c) => {
    admission.check();
    const key = idempotencyKeyOf(c);
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
  });
}

/** `POST /ingest/:subscriptionId`: the body, byte for byte, to one subscription. */
export function addDirect(app: HttpApp, deps: Deps): void {
  const { admission, subscriptions } = deps;
  app.post('/ingest/:subscriptionId', limitBody(admission.requestBytesMax), async (c) => {
    admission.check();
    const key = idempotencyKeyOf(c);
    const given = { 'event-type': c.req.header('event-type') };
    const { 'event-type': eventType = null } = parseBody(EventTypeHeader, given);
    const contentType = passedContentType(c.req.header('content-type'));
    if (contentType === undefined) {
      throw new HttpProblem(415, 'Content-Type: allowed: up to 200 visible ASCII characters');
    }
    checkPlain(c.req.header('content-encoding'));
    const subscription = await subscriptions.load(c.req.param('subscriptionId'));
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
  });
}

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
