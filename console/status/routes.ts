import { z } from 'zod';
import { idParam, json, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import { openRejectedRows } from './rejected-rows.ts';
import { FilesQuery } from './files-query.ts';
import { FileList, FileView, SystemStatus } from './schemas.ts';
import { fileView } from './file-view.ts';
import { leftInInbox, listFiles, systemStatus } from './status.ts';
import type { StatusParts } from './status.ts';
import { eventStream, STREAM_HEADERS } from './event-stream.ts';
import { LISTENERS_MAX } from './status-feed.ts';
import type { StatusFeed } from './status-feed.ts';

/** Parts that the routes of the status need. */
export type StatusDeps = StatusParts & { readonly feed: StatusFeed; readonly dirs: DataDirs };

const getStatus = route(
  {
    method: 'get',
    path: '/status',
    operationId: 'getStatus',
    ...{ tags: ['status'], summary: 'Get the state of the whole system' },
    responses: { 200: json('State of the system now', SystemStatus), ...keyProblems() },
  },
  async (c, parts: StatusParts) => {
    await parts.cluster.refresh();
    return c.json(systemStatus(parts, Date.now()), 200);
  },
);

const streamStatus = route(
  {
    method: 'get',
    path: '/stream',
    operationId: 'streamStatus',
    ...{ tags: ['status'], summary: 'Follow the state of the whole system' },
    description:
      'Server-sent events: `status` with the body of `GET /status` at once and after each change, ' +
      'at most one a second; a comment after 15 s without one. The stream ends with the process.',
    responses: {
      200: {
        description: 'The stream of events',
        content: { 'text/event-stream': { schema: z.string() } },
      },
      ...keyProblems('too-many-streams'),
    },
  },
  (c, { feed }: StatusDeps) => {
    if (feed.isFull) {
      throw new HttpProblem(503, `${LISTENERS_MAX} streams are open already; close one`, {
        code: 'too-many-streams',
        headers: { 'retry-after': '10' },
      });
    }
    // Nobody would read the body, nor end it.
    const stream = c.req.method === 'HEAD' ? null : eventStream(feed.listen());
    return new Response(stream, { headers: STREAM_HEADERS }) as never;
  },
);

const listAllFiles = route(
  {
    method: 'get',
    path: '/files',
    operationId: 'listFiles',
    ...{ tags: ['files'], summary: 'List files with their ledgers, newest first' },
    request: { query: FilesQuery },
    responses: { 200: json('The newest files', FileList), ...keyProblems('invalid-fields') },
  },
  async (c, parts: StatusParts) => {
    await parts.cluster.refresh();
    const { limit } = c.req.valid('query');
    return c.json({ files: listFiles(parts, limit), ...leftInInbox(parts) }, 200);
  },
);

const getFile = route(
  {
    method: 'get',
    path: '/files/{id}',
    operationId: 'getFile',
    ...{ tags: ['files'], summary: 'Get a file with its ledger' },
    request: { params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X') },
    responses: { 200: json('The file with its ledger', FileView), ...keyProblems('not-found') },
  },
  async (c, parts: StatusParts) => {
    await parts.cluster.refresh();
    const { id } = c.req.valid('param');
    const progress = parts.progress.get(id);
    if (!progress) throw new HttpProblem(404, `There is no file ${id}`);
    return c.json(fileView(progress, parts), 200);
  },
);

const getRejectedRows = route(
  {
    method: 'get',
    path: '/files/{id}/rejected',
    operationId: 'getRejectedRows',
    ...{ tags: ['files'], summary: 'Download the rejected rows of a file' },
    description: 'They lie where the file was read: a console with another data folder has none.',
    request: { params: idParam('01JH8Z3V9Q7W4B2M6N0P5R8T1X') },
    responses: {
      200: {
        description: 'Line, reason and text of each rejected row',
        content: { 'text/csv': { schema: z.string() } },
      },
      ...keyProblems('not-found'),
    },
  },
  async (c, parts: StatusDeps) => {
    const { id } = c.req.valid('param');
    const progress = parts.progress.get(id);
    if (!progress) throw new HttpProblem(404, `There is no file ${id}`);
    const { stream, name, bytes } = await openRejectedRows(progress, parts.dirs);
    const headers = {
      'content-type': 'text/csv; charset=utf-8',
      'content-length': String(bytes),
      'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(name)}`,
      'x-content-type-options': 'nosniff',
    };
    if (c.req.method === 'HEAD') await stream.cancel();
    return new Response(c.req.method === 'HEAD' ? null : stream, { headers }) as never;
  },
);

export const statusRoutes = [getStatus, streamStatus, listAllFiles, getFile, getRejectedRows];
