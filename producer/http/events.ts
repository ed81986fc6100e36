import { takesType } from '../../common/decide/event-types.ts';
import type { HttpApp } from '../../common/http/app.ts';
import { limitBody, parseBody, readJson } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Subscription } from '../../common/subscription.ts';
import {
  EventBody,
  EventTypeHeader,
  passedContentType,
  validTraceparent,
} from './decide/requests.ts';
import type { RouteDeps } from './send.ts';
import type { Subscriptions } from './subscriptions.ts';

interface Deps extends RouteDeps {
  readonly subscriptions: Subscriptions;
}

/** `POST /events`: a delivery to each enabled subscription that takes the type. */
export function addEvents(app: HttpApp, { admission, newId, subscriptions }: Deps): void {
  app.post('/events', limitBody(admission.requestBytesMax), async (c) => {
    admission.check();
    const { type, user_id: userId = null, data } = parseBody(EventBody, await readJson(c));
    const body = admission.bodyOf(data);
    const traceparent = validTraceparent(c.req.header('traceparent'));
    const id = newId();
    const shared = { userId, eventType: type, contentType: null, traceparent, body };
    const all = await subscriptions.enabled();
    const asked = all
      .filter(({ eventTypes }) => takesType(eventTypes, type))
      // An id of its own for each, as two of them may lead to one receiver.
      .map((to) => ({ ...shared, id: `${id}-${to.id}`, subscription: to.id }));
    await admission.write(asked);
    const deliveries = asked.map((one) => ({ id: one.id, subscription: one.subscription }));
    return c.json({ id, deliveries }, 202);
  });
}

/** `POST /ingest/:subscriptionId`: the body, byte for byte, to one subscription. */
export function addDirect(app: HttpApp, { admission, newId, subscriptions }: Deps): void {
  app.post('/ingest/:subscriptionId', limitBody(admission.requestBytesMax), async (c) => {
    admission.check();
    const given = { 'event-type': c.req.header('event-type') };
    const { 'event-type': eventType = null } = parseBody(EventTypeHeader, given);
    const contentType = passedContentType(c.req.header('content-type'));
    if (contentType === undefined) {
      throw new HttpProblem(415, 'Content-Type: allowed: up to 200 visible ASCII characters');
    }
    const subscription = await subscriptions.load(c.req.param('subscriptionId'));
    checkTakes(subscription, eventType);
    const body = Buffer.from(await c.req.arrayBuffer());
    if (body.length === 0) throw new HttpProblem(400, 'The body is empty');
    admission.checkSize(body.length);
    const id = newId();
    const traceparent = validTraceparent(c.req.header('traceparent'));
    const to = { userId: null, subscription: subscription.id, eventType, contentType };
    await admission.write([{ id, ...to, traceparent, body }]);
    return c.json({ id }, 202);
  });
}

/** @throws HttpProblem 400, 409 */
function checkTakes({ id, eventTypes }: Subscription, eventType: string | null): void {
  if (takesType(eventTypes, eventType)) return;
  const takes = `subscription ${id} takes ${eventTypes.join(', ')} only`;
  if (eventType === null) throw new HttpProblem(400, `The header Event-Type is missing; ${takes}`);
  throw new HttpProblem(409, `${takes}, not ${eventType}`, { code: 'type-not-subscribed' });
}
