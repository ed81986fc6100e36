import assert from 'node:assert/strict';
import { test } from 'node:test';
import { pino } from 'pino';
import { z } from 'zod';
import { ask } from '../../test/support/ask.ts';
import { createHttpApp } from './app.ts';
import { json, jsonBody, problems } from './describe.ts';
import { addRoutes, route } from './route.ts';

interface Deps {
  readonly prefix: string;
}

const Named = z.object({ name: z.string() });
const answer = { responses: { 200: json('The name of the thing', Named), ...problems() } };
const Body = z.strictObject({ name: z.string() });
const Headers = z.object({ 'x-kind': z.enum(['a', 'b']).optional() });

const greet = route(
  {
    method: 'get',
    path: '/things/{id}/name',
    request: {
      params: z.object({ id: z.string() }),
      query: z.strictObject({ times: z.coerce.number('allowed: a number').default(1) }),
      headers: Headers,
    },
    ...answer,
  },
  (c, { prefix }: Deps) => {
    const { times } = c.req.valid('query');
    const kind = c.req.valid('header')['x-kind'] ?? '';
    return c.json({ name: prefix + kind + c.req.valid('param').id.repeat(times) }, 200);
  },
);

const create = route(
  { method: 'post', path: '/things', request: { body: jsonBody(Body) }, ...answer },
  (c) => c.json({ name: c.req.valid('json').name }, 200),
);

const Optional = z.strictObject({ name: z.string().default('none') });
const change = route(
  { method: 'post', path: '/change', request: { body: jsonBody(Optional, false) }, ...answer },
  (c) => c.json({ name: c.req.valid('json').name }, 200),
);

const raw = route(
  {
    readsBody: true,
    bodyBytesMax: ({ prefix }: Deps) => 10 * prefix.length,
    method: 'post',
    path: '/raw',
    request: { body: jsonBody(Body) },
    ...answer,
  },
  async (c) => c.json({ name: await c.req.text() }, 200),
);

// @ts-expect-error what a handler answers must be what the route describes
route({ method: 'get', path: '/wrong', ...answer }, (c) => c.json({ name: 1 }, 200));

const logger = pino({ level: 'silent' });
const app = createHttpApp({ logger, apiKeys: [], name: 'test' });
addRoutes(app, [greet, create, change, raw], { prefix: '-' });

async function answerOf(path: string, body?: string, headers?: Record<string, string>) {
  const method = body === undefined ? 'GET' : 'POST';
  const asked = { method, ...(body !== undefined && { body }), ...(headers && { headers }) };
  const response = await ask(app, path, asked);
  const { name, detail } = (await response.json()) as { name?: string; detail?: string };
  return [response.status, name ?? detail];
}

test('the handler gets what the schemas make of path, query and headers', async () => {
  assert.deepEqual(await answerOf('/things/x/name'), [200, '-x']);
  const headers = { 'x-kind': 'b' };
  assert.deepEqual(await answerOf('/things/x/name?times=2', undefined, headers), [200, '-bxx']);
});

test('bad query and headers are refused by name before the handler runs', async () => {
  assert.deepEqual(await answerOf('/things/x/name?times=y'), [400, 'times: a number']);
  const [status, detail] = await answerOf('/things/x/name', undefined, { 'x-kind': 'c' });
  assert.deepEqual([status, detail], [400, 'x-kind: a, b']);
});

test('a body is read as JSON whatever its content type says, and checked', async () => {
  const form = { 'content-type': 'application/x-www-form-urlencoded' };
  assert.deepEqual(await answerOf('/things', '{"name":"n"}', form), [200, 'n']);
  assert.deepEqual(await answerOf('/things', '{"name":1}'), [400, 'name: type string']);
  assert.deepEqual(await answerOf('/things', ''), [400, 'The body is not JSON']);
});

test('a body that is not required counts as empty when it is absent', async () => {
  assert.deepEqual(await answerOf('/change', ''), [200, 'none']);
  assert.deepEqual(await answerOf('/change', '{"name":"n"}'), [200, 'n']);
});

test('a body has a limit of 64 KiB unless its route says another', async () => {
  const large = JSON.stringify({ name: 'x'.repeat(64 * 1024) });
  assert.deepEqual(await answerOf('/things', large), [413, 'The body is larger than 65536 bytes']);
  assert.deepEqual(await answerOf('/raw', 'x'.repeat(11)), [
    413,
    'The body is larger than 10 bytes',
  ]);
});

test('a handler that reads the body itself gets it unread', async () => {
  assert.deepEqual(await answerOf('/raw', 'no JSON'), [200, 'no JSON']);
});
