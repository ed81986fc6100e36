import assert from 'node:assert/strict';
import { once } from 'node:events';
import { request } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { createHttpApp } from '../../common/http/app.ts';
import { limitBody } from '../../common/http/body.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { serveHttp } from '../../common/http/serve.ts';
import { createLogger } from '../../common/base/logger.ts';
import { until } from '../../test/support/until.ts';
import { forwardToConsole, whyRestNotReady } from './console-proxy.ts';

const logger = createLogger('test', 'silent');

async function serve(t: TestContext, app: ReturnType<typeof createHttpApp>) {
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, logger });
  t.after(() => server.close());
  return server;
}

/** Sends a path exactly as it is given. */
function rawRequest(
  url: string,
  path: string,
  method = 'GET',
): Promise<{ status: number; allow: string | undefined }> {
  const { hostname, port } = new URL(url);
  const headers = { authorization: 'Bearer key' };
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, path, method, headers, timeout: 10_000 }, (answer) => {
      answer.resume();
      resolve({ status: answer.statusCode ?? 0, allow: answer.headers.allow });
    });
    sent.on('error', reject).end();
  });
}

async function aFront(t: TestContext, { notReady = null }: { notReady?: string | null } = {}) {
  const ready = () => Promise.resolve(notReady);
  const behind = createHttpApp({ logger, apiKeys: ['key'], name: 'console', ready });
  behind.all('/echo', async (c) =>
    c.json({
      method: c.req.method,
      query: c.req.query('q'),
      body: await c.req.text(),
      id: c.req.header('x-request-id'),
    }),
  );
  behind.post('/small', limitBody(10), (c) => c.json({}));
  behind.get('/refused', () => {
    throw new HttpProblem(409, 'not now');
  });
  const slow = Promise.withResolvers<void>();
  behind.get('/slow', (c) => {
    slow.resolve();
    const gone = once(c.req.raw.signal, 'abort');
    return gone.then(() => c.json({}));
  });
  const console = await serve(t, behind);
  const front = createHttpApp({ logger, apiKeys: ['key'], name: 'producer' });
  front.post('/upload', (c) => c.json({ mine: true }));
  forwardToConsole(front, console.url);
  const { url } = await serve(t, front);
  const ask = (path: string, init: RequestInit = {}) =>
    fetch(url + path, {
      ...init,
      headers: { authorization: 'Bearer key', 'x-request-id': 'abc' },
      signal: AbortSignal.timeout(10_000),
    });
  return { ask, url, console, slowAsked: slow.promise };
}

test('what is not ours is asked of the console: method, query, body, key and request id', async (t) => {
  const { ask } = await aFront(t);
  const answer = await ask('/echo?q=a%20b', { method: 'PUT', body: 'x'.repeat(100_000) });
  assert.equal(answer.status, 200);
  assert.equal(answer.headers.get('x-request-id'), 'abc');
  const expected = { method: 'PUT', query: 'a b', body: 'x'.repeat(100_000), id: 'abc' };
  assert.deepEqual(await answer.json(), expected);
});

test('a method that cannot be passed on is refused as any other that a route does not take', async (t) => {
  const { url } = await aFront(t);
  const trace = (path: string) => rawRequest(url, path, 'TRACE');
  const theirs = await trace('/refused');
  assert.deepEqual([theirs.status, theirs.allow], [405, 'GET, HEAD']);
  const ours = await trace('/upload');
  assert.deepEqual([ours.status, ours.allow], [405, 'POST']);
  assert.equal((await trace('/nowhere')).status, 404);
});

test('a method that neither takes is 405 where we have the path, 404 elsewhere', async (t) => {
  const { ask } = await aFront(t);
  const ours = await ask('/upload', { method: 'DELETE' });
  assert.deepEqual([ours.status, ours.headers.get('allow')], [405, 'POST']);
  assert.equal((await ask('/nowhere', { method: 'DELETE' })).status, 404);
});

test('a body that is refused before its end leaves the next requests unharmed', async (t) => {
  const { ask } = await aFront(t);
  const large = { method: 'POST', body: 'x'.repeat(1_000_000) };
  assert.equal((await ask('/small', large)).status, 413);
  assert.equal((await ask('/small', { method: 'POST', body: 'x'.repeat(1_100_000) })).status, 413);
  const next = Array.from({ length: 40 }, async (_, n) => {
    await sleep(20 * n);
    return (await ask('/echo', { method: 'PUT', body: 'x' })).status;
  });
  assert.deepEqual(new Set(await Promise.all(next)), new Set([200]));
});

test('a request without an id has the same one at both', async (t) => {
  const { url } = await aFront(t);
  const answer = await fetch(`${url}/echo`, { headers: { authorization: 'Bearer key' } });
  const { id } = (await answer.json()) as { id: string };
  assert.equal(answer.headers.get('x-request-id'), id);
  assert.match(id, /^[0-9a-f-]{36}$/);
});

test('our own routes stay ours', async (t) => {
  const { ask } = await aFront(t);
  assert.deepEqual(await (await ask('/upload', { method: 'POST' })).json(), { mine: true });
  assert.partialDeepStrictEqual(await (await ask('/health/live')).json(), { name: 'producer' });
});

test('no path leads anywhere but to the console', async (t) => {
  const { url, console } = await aFront(t);
  const other = createHttpApp({ logger, apiKeys: [], name: 'other' });
  const { port } = await serve(t, other);
  for (const path of [`//127.0.0.1:${port}/ping`, `/\\127.0.0.1:${port}/ping`]) {
    const { status } = await rawRequest(url, path);
    assert.ok(status === 404 || status === 400, `${path}: ${status}`);
  }
  assert.equal((await rawRequest(console.url, '/ping')).status, 200);
});

test('a problem of the console is passed on as it is', async (t) => {
  const { ask } = await aFront(t);
  const answer = await ask('/refused');
  assert.equal(answer.status, 409);
  assert.equal(answer.headers.get('content-type'), 'application/problem+json');
  assert.partialDeepStrictEqual(await answer.json(), { detail: 'not now' });
});

test('a request without a key does not reach the console', async (t) => {
  const { url } = await aFront(t);
  assert.equal((await fetch(`${url}/echo`)).status, 401);
});

test('while the console is away the answer is 503, and it does not count as ready', async (t) => {
  const { ask, console } = await aFront(t);
  assert.equal(await whyRestNotReady(console.url), null);
  await console.close();
  assert.equal((await ask('/echo')).status, 503);
  assert.equal(await whyRestNotReady(console.url), 'the console does not answer');
});

test('a client that goes away is no fault of the console', async (t) => {
  const { ask, url, slowAsked } = await aFront(t);
  const leaving = new AbortController();
  const headers = { authorization: 'Bearer key' };
  const asked = fetch(`${url}/slow`, { headers, signal: leaving.signal });
  await slowAsked;
  leaving.abort();
  await assert.rejects(asked);
  const answered = async () => (await ask('/metrics')).text();
  await until(async () => /requests_total\{[^}]*status="400"/.test(await answered()));
  assert.doesNotMatch(await answered(), /status="503"/);
});

test('what the console says is missing counts', async (t) => {
  const { console } = await aFront(t, { notReady: 'nobody delivers' });
  assert.equal(await whyRestNotReady(console.url), 'nobody delivers');
});
