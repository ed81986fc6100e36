import { createRoute, z } from '@hono/zod-openapi';
import {
  idParam,
  json,
  jsonBody,
  keyProblems,
  link,
  time,
} from '../../common/http/describe.ts';
import { ReplayBody } from './replay-request.ts';
import { ReplayState } from './replay-state.ts';

/** The API's description of replays. */

const count = z.int().min(0);
const Replay = ReplayState.omit({ windows: true, bulkWindows: true, runner: true })
  .extend({ read: count, startedAt: time, endedAt: time.nullable() })
  .openapi('Replay');
const tags = ['replays'];
const params = idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X');

export const replayRoutes = [
  createRoute({
    method: 'post',
    path: '/replays',
    operationId: 'createReplay',
    ...{ tags, summary: 'Deliver a part of the log again, in the background' },
    request: { body: jsonBody(ReplayBody) },
    responses: {
      200: json(
        'Result of a dry run; nothing was changed',
        z
          .object({ offsets: count, matched: count, skipped: z.record(z.string(), count) })
          .openapi('ReplayCount'),
      ),
      202: {
        ...json('The replay is running', Replay),
        links: { get: link('getReplay'), cancel: link('cancelReplay') },
      },
      ...keyProblems(
        ...(['malformed-json', 'invalid-fields', 'payload-too-large'] as const),
        ...(['conflict', 'broker-unavailable'] as const),
      ),
    },
  }),
  createRoute({
    method: 'get',
    path: '/replays',
    operationId: 'listReplays',
    ...{ tags, summary: 'List the last replays, newest first' },
    responses: {
      200: json(
        'At most 100 replays',
        z.object({ replays: z.array(Replay) }).openapi('ReplayList'),
      ),
      ...keyProblems(),
    },
  }),
  createRoute({
    method: 'get',
    path: '/replays/{id}',
    operationId: 'getReplay',
    ...{ tags, summary: 'Get the progress of a replay' },
    request: { params },
    responses: {
      200: json('Progress of the replay', Replay),
      ...keyProblems('not-found', 'broker-unavailable'),
    },
  }),
  createRoute({
    method: 'delete',
    path: '/replays/{id}',
    operationId: 'cancelReplay',
    ...{ tags, summary: 'Cancel a replay; records that were copied stay in delivery' },
    request: { params },
    responses: {
      200: json('The cancelled replay', Replay),
      ...keyProblems('not-found', 'broker-unavailable'),
    },
  }),
];
