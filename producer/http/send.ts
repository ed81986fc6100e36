import type { HttpApp } from '../../common/http/app.ts';
import { limitBody, parseBody, readJson } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { keyedOf } from '../idempotency/keyed.ts';
import type { Once } from '../idempotency/once.ts';
import type { UserRate } from '../user-rate/user-rate.ts';
import { REPLAYED_HEADER, acceptOnce, idempotencyKeyOf } from './accept-once.ts';
import type { Accepted } from './accept-once.ts';
import type { Admission } from './admission.ts';
import { SendBody, validTraceparent } from './decide/requests.ts';

export interface RouteDeps {
  readonly admission: Admission;
  readonly once: Pick<Once, 'run'>;
  readonly userRate: UserRate;
  readonly newId: () => string;
}

/** `POST /send`: one delivery to WEBHOOK_URL; its body is `data`. */
export function addSend(app: HttpApp, deps: RouteDeps): void {
  const { admission } = deps;
  app.post('/send', limitBody(admission.requestBytesMax), async (c) => {
    admission.check();
    const key = idempotencyKeyOf(c);
    const sent = parseBody(SendBody, await readJson(c));
    const traceparent = validTraceparent(c.req.header('traceparent'));
    const { id, isRepeated } = await acceptSend(deps, sent, { key, traceparent });
    if (isRepeated) c.header(REPLAYED_HEADER, 'true');
    return c.json({ id }, 202);
  });
}

/**
 * @param key makes it one delivery however often it is asked
 * @throws HttpProblem 400, 413, 422, 429, 503
 */
export async function acceptSend(
  deps: RouteDeps,
  { user_id: userId, data }: SendBody,
  { key, traceparent }: { key: string | undefined; traceparent: string | null },
): Promise<Accepted> {
  const { admission, userRate } = deps;
  const body = admission.bodyOf(data);
  await checkRate(userRate, userId);
  const keyed = keyedOf(key, ['send', userId], [body]);
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
