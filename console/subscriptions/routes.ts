import { ulid } from 'ulid';
import { idParam, json, jsonBody, keyProblems, link } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { newSecret, seal } from '../../common/security/secrets.ts';
import { CreateBody, ListQuery, PatchBody, RotateBody } from './body.ts';
import {
  createdSubscription,
  deletedSubscription,
  patchedSubscription,
  rotatedSubscription,
} from './change.ts';
import { checkAuthorization, checkLimits, checkTargets, sealCredentials } from './checked-body.ts';
import { withExactFilter } from './exact-member.ts';
import { filterRoutes } from './filter-routes.ts';
import { viewNow } from './route-deps.ts';
import type { SubscriptionDeps } from './route-deps.ts';
import { SubscriptionPage, SubscriptionView, SubscriptionWithSecret } from './schemas.ts';
import { switchRoutes } from './switch-routes.ts';

const tags = ['subscriptions'];
const params = idParam('sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X');
/** The operations that take the id of an answer. */
const LINKS = {
  ...{ get: link('getSubscription'), update: link('updateSubscription') },
  ...{ rotate: link('rotateSecret'), test: link('testSubscription') },
  ...{ logs: link('listAttempts'), delete: link('deleteSubscription') },
  ingest: link('ingest', 'subscriptionId'),
};
const BODY = ['malformed-json', 'invalid-fields', 'payload-too-large'] as const;
const ALWAYS = ['broker-unavailable'] as const;

const create = route(
  {
    method: 'post',
    path: '/subscriptions',
    operationId: 'createSubscription',
    ...{ tags, summary: 'Create a subscription of a target to events' },
    request: { body: jsonBody(CreateBody) },
    responses: {
      201: {
        ...json('The subscription; its secret is not shown again', SubscriptionWithSecret),
        links: LINKS,
      },
      ...keyProblems(...BODY, 'target-forbidden', ...ALWAYS),
    },
  },
  async (c, deps: SubscriptionDeps) => {
    const { store, places, sealingKey, logger } = deps;
    const { secret = newSecret(), from, ...body } = await withExactFilter(c, c.req.valid('json'));
    checkLimits(body, deps.limits);
    await checkTargets(deps.guard, body);
    const id = `sub_${ulid()}`;
    const sealedSecret = seal(secret, sealingKey, id);
    const sealed = sealCredentials(body, id, sealingKey);
    const begins = await places.find(from);
    const made = createdSubscription(sealed, { id, sealedSecret, begins, nowMs: Date.now() });
    checkAuthorization(made);
    // Before anybody knows it, as from then on its cursors are the consumers' alone.
    await places.begin(id, begins);
    await store.create(made);
    // The rest of the URL may be as good as a password.
    logger.info({ id, origin: new URL(body.target_url).origin }, 'subscription.created');
    const answer = { ...viewNow(made, deps), secret };
    return c.json(answer, 201, { location: `/subscriptions/${id}` });
  },
);

const list = route(
  {
    method: 'get',
    path: '/subscriptions',
    operationId: 'listSubscriptions',
    ...{ tags, summary: 'List subscriptions, oldest first' },
    request: { query: ListQuery },
    responses: {
      200: json('A page of subscriptions', SubscriptionPage),
      ...keyProblems('invalid-fields', ...ALWAYS),
    },
  },
  async (c, deps: SubscriptionDeps) => {
    const { limit, cursor = '' } = c.req.valid('query');
    const rest = (await deps.store.list()).filter(({ id }) => id > cursor);
    const page = rest.slice(0, limit);
    const next_cursor = rest.length > limit ? (page.at(-1)?.id ?? null) : null;
    return c.json({ subscriptions: page.map((one) => viewNow(one, deps)), next_cursor }, 200);
  },
);

const get = route(
  {
    method: 'get',
    path: '/subscriptions/{id}',
    operationId: 'getSubscription',
    ...{ tags, summary: 'Get a subscription' },
    request: { params },
    responses: {
      200: json('The requested subscription', SubscriptionView),
      ...keyProblems('not-found', ...ALWAYS),
    },
  },
  async (c, deps: SubscriptionDeps) =>
    c.json(viewNow(await deps.store.load(c.req.valid('param').id), deps), 200),
);

const update = route(
  {
    method: 'patch',
    path: '/subscriptions/{id}',
    operationId: 'updateSubscription',
    ...{ tags, summary: 'Change a subscription; `enabled` switches it on and off' },
    description: 'Fields that are absent stay as they are; an empty list empties.',
    request: { params, body: jsonBody(PatchBody) },
    responses: {
      200: json('The changed subscription', SubscriptionView),
      ...keyProblems(...BODY, 'target-forbidden', 'not-found', ...ALWAYS),
    },
  },
  async (c, deps: SubscriptionDeps) => {
    const { id } = c.req.valid('param');
    const body = await withExactFilter(c, c.req.valid('json'));
    checkLimits(body, deps.limits);
    await checkTargets(deps.guard, body);
    const sealed = sealCredentials(body, id, deps.sealingKey);
    const change = (now: Subscription) => patchedSubscription(now, sealed, Date.now());
    // Before the writing, where a refusal would be tried again.
    checkAuthorization(change(await deps.store.load(id)));
    const changed = await deps.store.update(id, change);
    deps.logger.info({ id, fields: Object.keys(body) }, 'subscription.changed');
    return c.json(viewNow(changed, deps), 200);
  },
);

const remove = route(
  {
    method: 'delete',
    path: '/subscriptions/{id}',
    operationId: 'deleteSubscription',
    ...{ tags, summary: 'Delete a subscription; its queued deliveries are cancelled' },
    request: { params },
    responses: {
      204: { description: 'The subscription is deleted' },
      ...keyProblems('not-found', ...ALWAYS),
    },
  },
  async (c, { store, logger }: SubscriptionDeps) => {
    const { id } = c.req.valid('param');
    await store.update(id, (now) => deletedSubscription(now, Date.now()));
    logger.info({ id }, 'subscription.deleted');
    return c.body(null, 204);
  },
);

const rotate = route(
  {
    method: 'post',
    path: '/subscriptions/{id}/rotate-secret',
    operationId: 'rotateSecret',
    ...{ tags, summary: 'Rotate the signing secret; the old secret signs too for 24 hours' },
    request: { params, body: jsonBody(RotateBody, false) },
    responses: {
      200: json('The subscription with the new secret, not shown again', SubscriptionWithSecret),
      ...keyProblems(...BODY, 'not-found', ...ALWAYS),
    },
  },
  async (c, deps: SubscriptionDeps) => {
    const { id } = c.req.valid('param');
    const { secret = newSecret() } = c.req.valid('json');
    const sealed = seal(secret, deps.sealingKey, id);
    const rotated = await deps.store.update(id, (now) =>
      rotatedSubscription(now, sealed, Date.now()),
    );
    deps.logger.info({ id }, 'subscription.secret-rotated');
    return c.json({ ...viewNow(rotated, deps), secret }, 200);
  },
);

export const subscriptionRoutes = [
  create,
  list,
  get,
  update,
  remove,
  rotate,
  ...filterRoutes,
  ...switchRoutes,
];
