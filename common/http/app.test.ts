import assert from 'node:assert/strict';
import { Readable } from 'node:stream';
import { test } from 'node:test';
import { HTTPException } from 'hono/http-exception';
import { pino } from 'pino';
import { z } from 'zod';
import { ask } from '../../test/support/ask.ts';
import { BrokerUnavailableError } from '../base/errors.ts';
import { createHttpApp } from './app.ts';
import { limitBody, parseBody, readJson } from './body.ts';
import { HttpProblem } from './problem.ts';

const Body = z.strictObject({
  name: z.string(),
  kind: z.enum(['a', 'b']).optional(),
  rate: z.number().positive({ error: 'allowed: a number above 0' }).optional(),
  secret: z.string().max(3).optional(),
});

function anApp({
  apiKeys = [],
  reason = null,
}: { apiKeys?: string[]; reason?: string | null } = {}) {
  const lines: string[] = [];
  const logger = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const ready = () => Promise.resolve(reason);
  const app = createHttpApp({ logger, apiKeys, name: 'test', ready });
  app.get('/ok', (c) => c.json({}));
  app.get('/raw', () => new Response('raw'));
  app.get('/bug', () => {
    throw new TypeError('secret detail');
  });
  app.get('/odd-bug', () => {
    throw 'a text';
  });
  app.get('/broker', () => {
    throw new BrokerUnavailableError('Kafka does not answer');
  });
  app.get('/teapot', () => {
    throw new HTTPException(418, { message: 'short and stout' });
  });
  app.get('/files/:id', () => {
    throw new HttpProblem(404, 'No such file');
  });
  app.post('/body', limitBody(200), async (c) => c.json(parseBody(Body, await readJson(c))));
  return { app, lines };
}

interface Problem {
  type: string;
  title: string;
  status: number;
  detail: string;
  errors?: { field: string; value: unknown; rule: string }[];
}

async function problem(response: Response): Promise<Problem> {
  assert.equal(response.headers.get('content-type'), 'application/problem+json');
  assert.match(response.headers.get('x-request-id') ?? '', /^[\w=-]+$/);
  const body = (await response.json()) as Problem;
  assert.equal(body.status, response.status);
  return body;
}

const post = (body: string | Readable) => ask(anApp().app, '/body', { method: 'POST', body });

test('an unknown path is a 404 problem', async () => {
  const headers = { 'x-request-id': 'abc-1' };
  const response = await ask(anApp().app, '/nowhere', { headers });
  assert.equal(response.status, 404);
  assert.deepEqual(await problem(response), {
    type: 'urn:hookline:problem:not-found',
    title: 'Not Found',
    status: 404,
    detail: 'Nothing is at /nowhere',
    request_id: 'abc-1',
  });
});

test('a known path with another method is a 405 problem that names the allowed ones', async () => {
  const response = await ask(anApp().app, '/ok', { method: 'DELETE' });
  assert.equal(response.status, 405);
  assert.equal(response.headers.get('allow'), 'GET, HEAD');
  assert.equal((await problem(response)).type, 'urn:hookline:problem:method-not-allowed');
});

test('a 404 of a handler stays a 404', async () => {
  const response = await ask(anApp().app, '/files/7');
  assert.equal((await problem(response)).detail, 'No such file');
});

for (const path of ['/bug', '/odd-bug']) {
  test(`a bug at ${path} is a 500 problem without its text, and logged with its stack`, async () => {
    const { app, lines } = anApp();
    const response = await ask(app, path, { headers: { 'x-request-id': 'abc-1' } });
    assert.equal(response.status, 500);
    assert.doesNotMatch((await problem(response)).detail, /secret detail|a text/);
    const line = JSON.parse(lines[0] ?? '{}') as { requestId: string; err: { stack: string } };
    assert.equal(line.requestId, 'abc-1');
    assert.match(line.err.stack, /(app\.test|request-middleware)\.ts/);
    assert.equal((await ask(app, '/ok')).status, 200);
  });
}

test('an unreachable broker is a 503 problem with Retry-After, and logged without a stack', async () => {
  const { app, lines } = anApp();
  const response = await ask(app, '/broker');
  const line = JSON.parse(lines[0] ?? '{}') as { level: number; err: unknown };
  assert.deepEqual([line.level, line.err], [40, 'Kafka does not answer']);
  assert.equal(response.status, 503);
  assert.equal(response.headers.get('retry-after'), '1');
  assert.equal((await problem(response)).type, 'urn:hookline:problem:broker-unavailable');
});

test('an exception of the framework becomes a problem too', async () => {
  const response = await ask(anApp().app, '/teapot');
  assert.equal(response.status, 418);
  assert.equal((await problem(response)).detail, 'short and stout');
});

test('a URL beyond its bound is a 414 problem', async () => {
  const response = await ask(anApp().app, `/ok?q=${'x'.repeat(9_000)}`);
  assert.equal(response.status, 414);
  await problem(response);
});

for (const path of ['/ok', '/raw', '/ping', '/nowhere', '/bug']) {
  test(`${path} answers with the request id it was given, or makes one`, async () => {
    const { app } = anApp();
    const idOf = async (given?: string) => {
      const headers: Record<string, string> = given === undefined ? {} : { 'x-request-id': given };
      return (await ask(app, path, { headers })).headers.get('x-request-id');
    };
    assert.equal(await idOf('abc-123_4'), 'abc-123_4');
    for (const bad of [undefined, '', 'two words', 'x'.repeat(129), 'a"b']) {
      assert.match((await idOf(bad)) ?? '', /^[0-9a-f-]{36}$/);
    }
  });
}

test('every bad field is reported with its value and what is allowed', async () => {
  const response = await post('{"kind":"c","rate":0,"secret":"long","more":1}');
  assert.equal(response.status, 400);
  const { type, errors } = await problem(response);
  assert.equal(type, 'urn:hookline:problem:invalid-fields');
  assert.deepEqual(errors?.slice(0, 3), [
    { field: 'name', value: null, rule: 'type string' },
    { field: 'kind', value: 'c', rule: 'a, b' },
    { field: 'rate', value: 0, rule: 'a number above 0' },
  ]);
  assert.equal(errors?.[3]?.value, '(hidden)');
  assert.deepEqual(errors?.[4], { field: 'more', value: 1, rule: 'no field of this name' });
  const within = await problem(await post('{"name":"a","client":{"client_secret":"hunter2"}}'));
  assert.deepEqual(within.errors?.[0]?.value, { client_secret: '(hidden)' });
});

test('a body that is no object is refused as a whole, and a long value is cut', async () => {
  assert.deepEqual((await problem(await post('null'))).errors, [
    { field: '', value: null, rule: 'type object' },
  ]);
  const { errors } = await problem(await post(JSON.stringify('x'.repeat(150))));
  assert.equal(String(errors?.[0]?.value).length, 101);
});

test('what is nested too deeply to be shown is refused like anything else', () => {
  const deep: unknown = JSON.parse('['.repeat(100_000) + ']'.repeat(100_000));
  for (const body of [deep, { name: deep }, { name: 'n', more: deep }]) {
    assert.throws(
      () => parseBody(Body, body),
      (error) => error instanceof HttpProblem && error.status === 400,
    );
  }
});

test('a refusal names the first bad fields, and stays small whatever was sent', () => {
  const many = Object.fromEntries(Array.from({ length: 50_000 }, (_, n) => [`more${n}`, n]));
  for (const body of [many, { ['x'.repeat(500_000)]: 1 }]) {
    assert.throws(
      () => parseBody(Body, body),
      (error) => {
        assert.ok(error instanceof HttpProblem);
        assert.match(error.message, /^name: type string; (more0|x{100}…): no field of this name/);
        assert.equal(/; and more$/.test(error.message), body === many);
        return JSON.stringify(error).length < 10_000;
      },
    );
  }
});

test('a body that is not JSON is a 400 problem', async () => {
  assert.equal((await problem(await post('{"name":'))).type, 'urn:hookline:problem:malformed-json');
});

test('a good body passes', async () => {
  assert.deepEqual(await (await post('{"name":"n"}')).json(), { name: 'n' });
});

test('a body above its limit is a 413 problem, announced or streamed', async () => {
  const large = JSON.stringify({ name: 'x'.repeat(300) });
  assert.equal((await problem(await post(large))).status, 413);
  assert.equal((await problem(await post(Readable.from([large])))).status, 413);
});

test('with keys set, only ping and health answer without one', async () => {
  const { app } = anApp({ apiKeys: ['first', 'second'] });
  const status = async (path: string, authorization?: string) =>
    (await ask(app, path, { headers: authorization ? { authorization } : {} })).status;
  assert.equal(await status('/ping'), 200);
  assert.equal(await status('/health/live'), 200);
  assert.equal(await status('/health/ready'), 200);
  assert.equal(await status('/ok', 'Bearer first'), 200);
  assert.equal(await status('/ok', 'bearer second'), 200);
  for (const bad of [undefined, 'Bearer', 'Bearer third', 'Bearer firs', 'Basic first', 'first']) {
    assert.equal(await status('/ok', bad), 401, String(bad));
  }
  assert.equal(await status('/nowhere'), 401);
  assert.equal(await status('/pingx'), 401);
});

test('a 401 says how to authenticate', async () => {
  const response = await ask(anApp({ apiKeys: ['key'] }).app, '/ok');
  assert.equal(response.headers.get('www-authenticate'), 'Bearer realm="hookline"');
  await problem(response);
});

test('ready follows the probe, live does not', async () => {
  const { app } = anApp({ reason: 'the broker does not answer' });
  assert.equal((await ask(app, '/health/live')).status, 200);
  const response = await ask(app, '/health/ready');
  assert.equal(response.status, 503);
  assert.equal((await problem(response)).detail, 'the broker does not answer');
});
