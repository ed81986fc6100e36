import { idParam, json, jsonBody, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import type { Subscription } from '../../common/model/subscription.ts';
import { settingsOf } from '../../common/send/endpoint-settings.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { EnableBody } from './body.ts';
import {
  enabledSubscription,
  patchedSubscription,
  pausedSubscription,
  resumedSubscription,
} from './change.ts';
import { viewNow } from './route-deps.ts';
import type { SubscriptionDeps } from './route-deps.ts';
import { EndpointSwitch, TestResult } from './schemas.ts';
import { sendTestEvent } from './test-event.ts';

/** Routes that take `default` for the endpoint of WEBHOOK_URL. */

const tags = ['subscriptions'];
const params = idParam(DEFAULT_ENDPOINT_ID);
const switched = json('The subscription or default endpoint, after the change', EndpointSwitch);

const test = route(
  {
    method: 'post',
    path: '/subscriptions/{id}/test',
    operationId: 'testSubscription',
    ...{ tags, summary: 'Send a test event, also while disabled; `default` is WEBHOOK_URL' },
    request: { params },
    responses: {
      200: json('Answer of the target', TestResult),
      ...keyProblems('not-found', 'broker-unavailable'),
    },
  },
  async (c, { store, defaults, send, defaultEndpoint }: SubscriptionDeps) => {
    const { id } = c.req.valid('param');
    if (id === DEFAULT_ENDPOINT_ID) return c.json(await defaultEndpoint.test(), 200);
    const subscription = await store.load(id);
    const result = await sendTestEvent(send, id, () => settingsOf(subscription, defaults));
    // The target is well: what waits for the end of its rest need not wait.
    if (result.error === null) {
      await store.update(id, (now) => resumedSubscription(now, Date.now()));
    }
    return c.json(result, 200);
  },
);

const enable = route(
  {
    method: 'post',
    path: '/subscriptions/{id}/enable',
    operationId: 'enableSubscription',
    tags,
    summary:
      'Enable a subscription, and end the pause that its target asked for; `default` is WEBHOOK_URL',
    request: { params, body: jsonBody(EnableBody, false) },
    responses: {
      200: switched,
      ...keyProblems(
        ...(['malformed-json', 'invalid-fields', 'payload-too-large'] as const),
        ...(['not-found', 'broker-unavailable'] as const),
      ),
    },
  },
  async (c, deps: SubscriptionDeps) => {
    const { id } = c.req.valid('param');
    const { from } = c.req.valid('json');
    const begins = from === undefined ? null : await deps.places.find(from);
    if (id === DEFAULT_ENDPOINT_ID) return c.json(await deps.defaultEndpoint.enable(begins), 200);
    const enabled = await deps.store.update(id, (now) =>
      enabledSubscription(now, begins, Date.now()),
    );
    deps.logger.info({ id, from }, 'subscription.enabled');
    return c.json(viewNow(enabled, deps), 200);
  },
);

const disable = route(
  {
    method: 'post',
    path: '/subscriptions/{id}/disable',
    operationId: 'disableSubscription',
    tags,
    summary: 'Disable a subscription; queued deliveries wait. `default` is WEBHOOK_URL',
    request: { params },
    responses: { 200: switched, ...keyProblems('not-found', 'broker-unavailable') },
  },
  async (c, deps: SubscriptionDeps) => {
    const { id } = c.req.valid('param');
    if (id === DEFAULT_ENDPOINT_ID) return c.json(await deps.defaultEndpoint.disable(), 200);
    const change = (now: Subscription) => patchedSubscription(now, { enabled: false }, Date.now());
    const disabled = await deps.store.update(id, change);
    deps.logger.info({ id }, 'subscription.disabled');
    return c.json(viewNow(disabled, deps), 200);
  },
);

/** A route that pauses an endpoint, or ends the pause. */
const pausing = (verb: 'pause' | 'resume') =>
  route(
    {
      method: 'post',
      path: `/subscriptions/{id}/${verb}`,
      operationId: `${verb}Subscription`,
      tags,
      summary:
        verb === 'pause'
          ? 'Pause a subscription: nothing is sent, and all waits. `default` is WEBHOOK_URL'
          : 'Resume a paused subscription where it stopped; `default` is WEBHOOK_URL',
      request: { params },
      responses: { 200: switched, ...keyProblems('not-found', 'disabled', 'broker-unavailable') },
    },
    async (c, { store, defaultEndpoint, logger, ...deps }: SubscriptionDeps) => {
      const { id } = c.req.valid('param');
      const isPaused = verb === 'pause';
      if (id === DEFAULT_ENDPOINT_ID) return c.json(await defaultEndpoint.pause(isPaused), 200);
      const change = (now: Subscription) => pausedSubscription(now, isPaused, Date.now());
      const changed = await store.update(id, change);
      if (changed.state === 'disabled') {
        throw new HttpProblem(409, `The subscription ${id} is disabled; enable it first`, {
          code: 'disabled',
        });
      }
      logger.info({ id }, `subscription.${verb}d`);
      return c.json(viewNow(changed, deps), 200);
    },
  );

export const switchRoutes = [test, enable, disable, pausing('pause'), pausing('resume')];
