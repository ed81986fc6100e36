import { refusedField } from '../../common/http/body.ts';
import { idParam, json, jsonBody, keyProblems, link } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import { countReplay } from './count.ts';
import { endpointRule } from './events.ts';
import { ReplayBody, fixedRequest, topicRule, windowRule } from './replay-request.ts';
import { replayView } from './replay-view.ts';
import { ReplayCount, ReplayList, ReplayView } from './schemas.ts';
import { cancelReplay, createReplay, loadReplay } from './store.ts';
import type { StoreDeps } from './store.ts';

/** Each reads the log and writes to it; more at a time would only slow each other down. */
const RUNNING_MAX = 20;
const LISTED_MAX = 100;

const tags = ['replays'];
const params = idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X');

const create = route(
  {
    method: 'post',
    path: '/replays',
    operationId: 'createReplay',
    ...{ tags, summary: 'Deliver a part of the log again, in the background' },
    request: { body: jsonBody(ReplayBody) },
    responses: {
      200: json('Result of a dry run; nothing was changed', ReplayCount),
      202: {
        ...json('The replay is running', ReplayView),
        links: { get: link('getReplay'), cancel: link('cancelReplay') },
      },
      ...keyProblems(
        ...(['malformed-json', 'invalid-fields', 'payload-too-large'] as const),
        ...(['conflict', 'broker-unavailable'] as const),
      ),
    },
  },
  async (c, deps: StoreDeps) => {
    const { dry_run: isDryRun, ...asked } = c.req.valid('json');
    const { names, table, logger } = deps;
    const request = fixedRequest(asked, Date.now());
    const backward = windowRule(request);
    if (backward !== null) throw refusedField('to', asked, backward);
    const rule = topicRule(request, names);
    if (rule !== null) throw refusedField('topic', request, rule);
    const unknown = await endpointRule(deps, request);
    if (unknown !== null) throw refusedField('subscription', request, unknown);
    if (isDryRun) {
      const counted = await countReplay({ ...deps, signal: c.req.raw.signal }, request);
      return c.json(counted, 200);
    }
    const running = [...table.entries()].filter(([, { state }]) => state === 'running').length;
    if (running >= RUNNING_MAX) {
      throw new HttpProblem(409, `${running} replays run already; cancel one or wait for its end`);
    }
    const replay = await createReplay(deps, request, 'console');
    logger.info({ id: replay.id, ...request, offsets: replay.offsets }, 'replay.asked-for');
    return c.json(replayView(replay), 202, { location: `/replays/${replay.id}` });
  },
);

const list = route(
  {
    method: 'get',
    path: '/replays',
    operationId: 'listReplays',
    ...{ tags, summary: 'List the last replays, newest first' },
    responses: { 200: json('At most 100 replays', ReplayList), ...keyProblems() },
  },
  (c, { table }: StoreDeps) => {
    const newest = [...table.entries()].sort(([a], [b]) => (a < b ? 1 : -1)).slice(0, LISTED_MAX);
    return c.json({ replays: newest.map(([, replay]) => replayView(replay)) }, 200);
  },
);

const get = route(
  {
    method: 'get',
    path: '/replays/{id}',
    operationId: 'getReplay',
    ...{ tags, summary: 'Get the progress of a replay' },
    request: { params },
    responses: {
      200: json('Progress of the replay', ReplayView),
      ...keyProblems('not-found', 'broker-unavailable'),
    },
  },
  async (c, deps: StoreDeps) => {
    const { id } = c.req.valid('param');
    // Another console may have begun it a moment ago.
    return c.json(replayView(deps.table.get(id) ?? (await loadReplay(deps, id))), 200);
  },
);

const cancel = route(
  {
    method: 'delete',
    path: '/replays/{id}',
    operationId: 'cancelReplay',
    ...{ tags, summary: 'Cancel a replay; records that were copied stay in delivery' },
    request: { params },
    responses: {
      200: json('The cancelled replay', ReplayView),
      ...keyProblems('not-found', 'broker-unavailable'),
    },
  },
  async (c, deps: StoreDeps) => {
    const replay = await cancelReplay(deps, c.req.valid('param').id);
    deps.logger.info({ id: replay.id, state: replay.state }, 'replay.cancelled');
    return c.json(replayView(replay), 200);
  },
);

export const replayRoutes = [create, list, get, cancel];
