import type { Context } from 'hono';
import { ulid } from 'ulid';
import { AppError } from '../../common/base/errors.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { HttpApp } from '../../common/http/app.ts';
import { limitBody, parseBody, readJson } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Logger } from '../../common/base/logger.ts';
import { newSecret, seal } from '../../common/security/secrets.ts';
import type { SealingKey } from '../../common/security/secrets.ts';
import { settingsOf } from '../../common/send/endpoint-settings.ts';
import type { Sender } from '../../common/send/sender.ts';
import type { SubscriptionStore } from '../../common/subscriptions/subscription-store.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import type { TargetGuard } from '../../common/security/target-guard.ts';
import { CreateBody, EnableBody, ListQuery, PatchBody, RotateBody } from './body.ts';
import {
  createdSubscription,
  deletedSubscription,
  enabledSubscription,
  patchedSubscription,
  resumedSubscription,
  rotatedSubscription,
} from './change.ts';
import type { DefaultEndpointSwitch } from './default-endpoint-switch.ts';
import type { LogPlaces } from './log-places.ts';
import { sendTestEvent } from './test-event.ts';
import { subscriptionView } from './view.ts';

interface Deps {
  readonly store: SubscriptionStore;
  readonly places: LogPlaces;
  /** Guarded as deliveries are. */
  readonly sender: Sender;
  /** Until when consumers let a target rest, ISO time; null: they do not. */
  readonly restingUntil: (id: string) => string | null;
  readonly defaultEndpoint: DefaultEndpointSwitch;
  readonly sealingKey: SealingKey | null;
  readonly guard: TargetGuard;
  readonly logger: Logger;
}

const BODY_BYTES_MAX = 64 * 1024;
/** A name server may be slow or away: the name is then judged at the first connection. */
const LOOK_UP_WAIT_MS = 1_000;

/** `/subscriptions` and what is below it, but for the logs. */
export function addSubscriptionRoutes(app: HttpApp, deps: Deps): void {
  const { store, places, sealingKey, logger } = deps;
  const view = (subscription: Subscription) =>
    subscriptionView(subscription, sealingKey, Date.now(), deps.restingUntil(subscription.id));
  const limited = limitBody(BODY_BYTES_MAX);

  app.post('/subscriptions', limited, async (c) => {
    const { secret = newSecret(), from, ...body } = parseBody(CreateBody, await readJson(c));
    await checkTarget(deps.guard, body.target_url);
    const id = `sub_${ulid()}`;
    const sealedSecret = seal(secret, sealingKey, id);
    const sealed = sealHeaders(body, id, sealingKey);
    const begins = await places.find(from);
    const made = createdSubscription(sealed, { id, sealedSecret, begins, nowMs: Date.now() });
    // Before anybody knows it, as from then on its cursors are the consumers' alone.
    await places.begin(id, begins);
    await store.create(made);
    // The rest of the URL may be as good as a password.
    logger.info({ id, origin: new URL(body.target_url).origin }, 'subscription.created');
    return c.json({ ...view(made), secret }, 201, { location: `/subscriptions/${id}` });
  });

  app.get('/subscriptions', async (c) => {
    const { limit, cursor = '' } = parseBody(ListQuery, c.req.query());
    const rest = (await store.list()).filter(({ id }) => id > cursor);
    const page = rest.slice(0, limit);
    const nextCursor = rest.length > limit ? (page.at(-1)?.id ?? null) : null;
    return c.json({ subscriptions: page.map(view), next_cursor: nextCursor });
  });

  app.get('/subscriptions/:id', async (c) => c.json(view(await found(store.load(idOf(c))))));

  app.patch('/subscriptions/:id', limited, async (c) => {
    const id = idOf(c);
    const body = parseBody(PatchBody, await readJson(c));
    if (body.target_url !== undefined) await checkTarget(deps.guard, body.target_url);
    const sealed = sealHeaders(body, id, sealingKey);
    const changed = store.update(id, (now) => patchedSubscription(now, sealed, Date.now()));
    const answer = view(await found(changed));
    logger.info({ id, fields: Object.keys(body) }, 'subscription.changed');
    return c.json(answer);
  });

  app.delete('/subscriptions/:id', async (c) => {
    const id = idOf(c);
    await found(store.update(id, (now) => deletedSubscription(now, Date.now())));
    logger.info({ id }, 'subscription.deleted');
    return c.body(null, 204);
  });

  app.post('/subscriptions/:id/rotate-secret', limited, async (c) => {
    const id = idOf(c);
    const { secret = newSecret() } = parseBody(RotateBody, await readJsonOrNothing(c));
    const sealed = seal(secret, sealingKey, id);
    const rotated = store.update(id, (now) => rotatedSubscription(now, sealed, Date.now()));
    const answer = view(await found(rotated));
    logger.info({ id }, 'subscription.secret-rotated');
    return c.json({ ...answer, secret });
  });

  addTestRoute(app, deps);
  addSwitchRoutes(app, deps, view);
}

function addSwitchRoutes(
  app: HttpApp,
  deps: Deps,
  view: (subscription: Subscription) => object,
): void {
  const { store, places, logger } = deps;
  app.post('/subscriptions/:id/enable', limitBody(BODY_BYTES_MAX), async (c) => {
    const id = idOf(c);
    const { from } = parseBody(EnableBody, await readJsonOrNothing(c));
    const begins = from === undefined ? null : await places.find(from);
    if (id === DEFAULT_ENDPOINT_ID) return c.json(await deps.defaultEndpoint.enable(begins));
    const enabled = store.update(id, (now) => enabledSubscription(now, begins, Date.now()));
    const answer = view(await found(enabled));
    logger.info({ id, from }, 'subscription.enabled');
    return c.json(answer);
  });

  app.post('/subscriptions/:id/disable', async (c) => {
    const id = idOf(c);
    if (id === DEFAULT_ENDPOINT_ID) return c.json(await deps.defaultEndpoint.disable());
    const change = (now: Subscription) => patchedSubscription(now, { enabled: false }, Date.now());
    const answer = view(await found(store.update(id, change)));
    logger.info({ id }, 'subscription.disabled');
    return c.json(answer);
  });
}

function addTestRoute(app: HttpApp, deps: Deps): void {
  const { store, sealingKey } = deps;
  const defaults = { isKeyOrdered: false, sealingKey };
  app.post('/subscriptions/:id/test', async (c) => {
    const id = idOf(c);
    if (id === DEFAULT_ENDPOINT_ID) return c.json(await deps.defaultEndpoint.test());
    const subscription = await found(store.load(id));
    const result = await sendTestEvent(deps.sender, id, () => settingsOf(subscription, defaults));
    // The target is well: what waits for the end of its rest need not wait.
    if (result.error === null) {
      await store.update(id, (now) => resumedSubscription(now, Date.now()));
    }
    return c.json(result);
  });
}

/** Refuses at once what no delivery could reach. Names are judged again at each connection. */
async function checkTarget(guard: TargetGuard, targetUrl: string): Promise<void> {
  const reason = await guard.whyForbidden(new URL(targetUrl).hostname, LOOK_UP_WAIT_MS);
  if (reason === null) return;
  const rule = 'a public address, or one within ALLOW_TARGETS';
  throw new HttpProblem(400, `target_url: ${reason}`, {
    code: 'target-forbidden',
    errors: [{ field: 'target_url', value: targetUrl, rule }],
  });
}

/** Encrypts the values of the headers, which may be credentials. */
function sealHeaders<Body extends { headers?: Record<string, string> | undefined }>(
  body: Body,
  id: string,
  key: SealingKey | null,
): Body {
  if (body.headers === undefined) return body;
  const sealed = Object.entries(body.headers).map(([name, value]) => [name, seal(value, key, id)]);
  return { ...body, headers: Object.fromEntries(sealed) as Record<string, string> };
}

/** An absent body means that nothing is asked for in particular. */
async function readJsonOrNothing(c: Context): Promise<unknown> {
  return (await c.req.arrayBuffer()).byteLength === 0 ? {} : readJson(c);
}

function idOf(c: Context): string {
  return c.req.param('id') ?? '';
}

async function found<Result>(work: Promise<Result>): Promise<Result> {
  return work.catch((error: unknown) => {
    const isUnknown = error instanceof AppError && error.code === 'subscription_unknown';
    throw isUnknown ? new HttpProblem(404, error.message) : error;
  });
}
