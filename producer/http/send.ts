import { readJsonSource } from '../../common/http/body.ts';
import { jsonBody, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import { requestKeyOf } from '../idempotency/request-key.ts';
import type { IdempotencyGuard } from '../idempotency/idempotency-guard.ts';
import type { UserRate } from '../user-rate/user-rate.ts';
import { REPLAYED_HEADER, acceptOnce } from './accept-once.ts';
import type { Accepted } from './accept-once.ts';
import type { Admission } from './admission.ts';
import { Accepted as AcceptedAnswer, KEYED, accepted } from './delivery-answers.ts';
import { traceparentOf } from './request-span.ts';
import { IdempotencyHeader, SendBody } from './requests.ts';
import { parseDelivery } from './parse-delivery.ts';

export interface RouteDeps {
  readonly admission: Admission;
  readonly once: Pick<IdempotencyGuard, 'run'>;
  readonly userRate: UserRate;
  readonly newId: () => string;
}

export const send = route(
  {
    readsBody: true,
    bodyBytesMax: ({ admission }: RouteDeps) => admission.requestBytesMax,
    method: 'post',
    path: '/send',
    operationId: 'send',
    tags: ['deliveries'],
    summary: 'Send one delivery to WEBHOOK_URL; its body is the text of `data`',
    request: { headers: IdempotencyHeader, body: jsonBody(SendBody) },
    responses: {
      202: accepted('All in-sync replicas of Kafka have the delivery', AcceptedAnswer),
      ...keyProblems('malformed-json', 'invalid-fields', 'user-rate', ...KEYED),
    },
  },
  async (c, deps: RouteDeps) => {
    deps.admission.check();
    const key = c.req.valid('header')['idempotency-key'];
    const { user_id: userId, body } = parseDelivery(SendBody, await readJsonSource(c));
    const traceparent = traceparentOf(c);
    const { id, isRepeated } = await acceptSend(deps, { userId, body, key, traceparent });
    if (isRepeated) c.header(REPLAYED_HEADER, 'true');
    return c.json({ id }, 202);
  },
);

interface Sent {
  readonly userId: string;
  readonly body: string;
  /** Makes it one delivery however often it is sent. */
  readonly key: string | undefined;
  readonly traceparent: string | null;
}

/** @throws HttpProblem 413, 422, 429, 503 */
export async function acceptSend(
  deps: RouteDeps,
  { userId, body, key, traceparent }: Sent,
): Promise<Accepted> {
  const { admission, userRate } = deps;
  admission.checkSize(Buffer.byteLength(body));
  await checkRate(userRate, userId);
  const keyed = requestKeyOf(key, ['send', userId], [body]);
  const asked = { userId, traceparent, body, subscription: null, eventType: null };
  return acceptOnce(deps, keyed, (id) => admission.write([{ ...asked, id, contentType: null }]));
}

/** @throws HttpProblem 429 */
async function checkRate({ window, take }: UserRate, userId: string): Promise<void> {
  if (window === null) return;
  const waitS = Math.ceil((await take(userId)) / 1_000);
  if (waitS === 0) return;
  const allowed = `user ${userId} may have ${window.points} in ${window.seconds} s`;
  throw new HttpProblem(429, `${allowed} (USER_RATE_LIMIT); again in ${waitS} s`, {
    code: 'user-rate',
    headers: { 'retry-after': String(waitS) },
  });
}
