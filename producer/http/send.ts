import type { HttpApp } from '../../common/http/app.ts';
import { limitBody, parseBody, readJson } from '../../common/http/body.ts';
import type { Admission } from './admission.ts';
import type { Asked } from './outgoing.ts';
import { SendBody, validTraceparent } from './decide/requests.ts';

export interface RouteDeps {
  readonly admission: Admission;
  readonly newId: () => string;
}

/** `POST /send`: one delivery to WEBHOOK_URL; its body is `data`. */
export function addSend(app: HttpApp, { admission, newId }: RouteDeps): void {
  app.post('/send', limitBody(admission.requestBytesMax), async (c) => {
    admission.check();
    const sent = parseBody(SendBody, await readJson(c));
    const id = newId();
    const traceparent = validTraceparent(c.req.header('traceparent'));
    await admission.write([toWebhookUrl(admission, sent, { id, traceparent })]);
    return c.json({ id }, 202);
  });
}

/** @throws HttpProblem 400, 413 */
export function toWebhookUrl(
  admission: Admission,
  { user_id: userId, data }: SendBody,
  { id, traceparent }: Pick<Asked, 'id' | 'traceparent'>,
): Asked {
  const body = admission.bodyOf(data);
  return { id, userId, traceparent, body, subscription: null, eventType: null, contentType: null };
}
