import assert from 'node:assert/strict';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { Agent, request } from 'node:http';
import type { Server } from 'node:http';
import { connect } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { text } from 'node:stream/consumers';
import { pino } from 'pino';
import { until } from '../../test/support/until.ts';
import { AppError } from '../base/errors.ts';
import { createRegistry } from '../process/metrics.ts';
import { createReceiver } from '../../receiver/receiver.ts';
import { createHttpApp } from './app.ts';
import { serveHttp } from './serve.ts';

const logger = pino({ level: 'silent' });

/** A server with a route that answers when `release` is called. */
async function aServer(t: TestContext) {
  const app = createHttpApp({ logger, apiKeys: [], name: 'test' });
  const started = Promise.withResolvers<void>();
  const gate = Promise.withResolvers<void>();
  app.get('/held', async (c) => {
    started.resolve();
    await gate.promise;
    return c.text('done');
  });
  app.post('/echo', async (c) => c.text(await c.req.text()));
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, logger });
  const agent = new Agent({ keepAlive: true });
  t.after(async () => {
    gate.resolve();
    agent.destroy();
    await server.close();
  });
  return { server, agent, started: started.promise, release: gate.resolve };
}

async function get(url: string, agent: Agent): Promise<string> {
  const { promise, resolve, reject } = Promise.withResolvers<string>();
  request(url, { agent }, (response) => void text(response).then(resolve, reject))
    .on('error', reject)
    .end();
  return promise;
}

/** Sends bytes as they are and returns what comes back until the server ends the connection. */
async function raw(port: number, bytes: string, isAll = true): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(bytes);
  if (isAll) socket.end();
  return text(socket);
}

test('close waits for a running request and ends connections that are idle', async (t) => {
  const { server, agent, started, release } = await aServer(t);
  assert.match(await get(`${server.url}/ping`, agent), /pong/); // leaves an idle connection
  const held = get(`${server.url}/held`, agent);
  await started;
  let closed = false;
  const closing = server.close(60_000).then(() => (closed = true));
  await assert.rejects(get(`${server.url}/ping`, new Agent()), { code: 'ECONNREFUSED' });
  assert.equal(closed, false);
  release();
  assert.equal(await held, 'done');
  const startedMs = performance.now();
  await closing;
  assert.ok(performance.now() - startedMs < 2_000, 'not the time that idle connections are kept');
});

test('close ends a connection on which nothing was sent yet', async (t) => {
  const { server } = await aServer(t);
  const socket = connect(server.port, '127.0.0.1');
  await once(socket, 'connect');
  await get(`${server.url}/ping`, new Agent()); // accepted after it, so it is accepted too
  const startedMs = performance.now();
  await server.close(60_000);
  assert.ok(performance.now() - startedMs < 2_000);
  socket.destroy();
});

test('close cuts what still runs after its grace', async (t) => {
  const { server, agent, started } = await aServer(t);
  const held = get(`${server.url}/held`, agent);
  await started;
  await Promise.all([server.close(50), assert.rejects(held, { code: 'ECONNRESET' })]);
});

for (const [name, open] of [
  ['the API', async (t: TestContext) => (await aServer(t)).server.port],
  [
    'the receiver',
    async (t: TestContext) => {
      const receiver = await createReceiver();
      t.after(() => receiver.close());
      return receiver.port;
    },
  ],
] as const) {
  test(`${name} keeps idle connections for longer than balancers keep theirs, and says so`, async (t) => {
    const port = await open(t);
    const found: Server[] = [];
    const onRequest = (message: unknown) => found.push((message as { server: Server }).server);
    subscribe('http.server.request.start', onRequest);
    t.after(() => unsubscribe('http.server.request.start', onRequest));
    const socket = connect(port, '127.0.0.1');
    socket.write('GET /ping HTTP/1.1\r\nhost: 127.0.0.1\r\n\r\n');
    const [head] = (await once(socket, 'data')) as [Buffer];
    socket.destroy();
    assert.match(String(head), /\r\nKeep-Alive: timeout=70\r\n/);
    const [server] = found;
    assert.ok(server);
    const { keepAliveTimeout, headersTimeout, requestTimeout } = server;
    assert.ok(keepAliveTimeout >= 65_000 && keepAliveTimeout <= 75_000);
    // Node ends connections that were opened in advance after this time, too.
    assert.ok(headersTimeout > keepAliveTimeout && requestTimeout > headersTimeout);
  });
}

test('close may be called twice', async (t) => {
  const { server } = await aServer(t);
  await Promise.all([server.close(), server.close()]);
});

test('a taken port is refused by the name of its setting', async (t) => {
  const { server } = await aServer(t);
  const app = createHttpApp({ logger, apiKeys: [], name: 'test' });
  const address = { host: '127.0.0.1', port: server.port, setting: 'RECEIVER_PORT', logger };
  await assert.rejects(serveHttp({ app, ...address }), (error) => {
    assert.ok(error instanceof AppError);
    assert.match(error.message, /^RECEIVER_PORT=\d+: another process listens on 127\.0\.0\.1:\d+/);
    return error.code === 'port_unavailable';
  });
});

test('an address that is not of this machine is refused by name', async () => {
  const app = createHttpApp({ logger, apiKeys: [], name: 'test' });
  const serving = serveHttp({ app, host: '192.0.2.1', port: 0, logger });
  await assert.rejects(serving, /HOST=192\.0\.2\.1/);
});

const unparsed: readonly [title: string, bytes: string, status: number][] = [
  [
    'headers beyond their bound',
    `GET / HTTP/1.1\r\nhost: a\r\nx: ${'x'.repeat(17_000)}\r\n\r\n`,
    431,
  ],
  ['what is not HTTP', 'hello\r\n\r\n', 400],
  [
    'a Host header that is no host',
    'GET / HTTP/1.1\r\nhost: a/b\r\nconnection: close\r\n\r\n',
    400,
  ],
];
for (const [title, bytes, status] of unparsed) {
  test(`${title}: a ${status} problem, and the server lives on`, async (t) => {
    const { server, agent } = await aServer(t);
    const answer = await raw(server.port, bytes);
    assert.match(answer, new RegExp(`^HTTP/1.1 ${status} `));
    assert.match(answer, /content-type: application\/problem\+json/i);
    assert.match(answer, /"type":"urn:hookline:problem:/);
    assert.match(await get(`${server.url}/ping`, agent), /pong/);
  });
}

for (const [title, bytes] of [
  ['headers', 'POST /echo HTTP/1.1\r\nhost: a\r\n'],
  ['a body', 'POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 9\r\n\r\n{'],
] as const) {
  test(`${title} without an end: a 408 problem, and no error of ours`, async (t) => {
    const lines: string[] = [];
    const listening = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
    const app = createHttpApp({ logger: listening, apiKeys: [], name: 'test' });
    app.post('/echo', async (c) => c.text(await c.req.text()));
    const at = { host: '127.0.0.1', port: 0, requestTimeoutMs: 200, logger };
    const server = await serveHttp({ app, ...at });
    t.after(() => server.close());
    const answer = await raw(server.port, bytes, false);
    assert.match(answer, /^HTTP\/1\.1 408 Request Timeout\r\n/);
    assert.match(answer, /content-type: application\/problem\+json/i);
    const { type, status, detail } = JSON.parse(answer.split('\r\n\r\n').at(-1) ?? '');
    assert.deepEqual([type, status], ['urn:hookline:problem:request-timeout', 408]);
    assert.match(detail, /took too long/);
    assert.deepEqual(lines, []);
  });
}

test('a client that goes before the end of its body is no error of ours', async (t) => {
  const lines: string[] = [];
  const listening = pino({ level: 'warn' }, { write: (line: string) => void lines.push(line) });
  const registry = createRegistry('test');
  const app = createHttpApp({ logger: listening, apiKeys: [], name: 'test', registry });
  app.post('/whole', async (c) => c.text(await c.req.text()));
  app.post('/streamed', async (c) => {
    const pieces = (c.req.raw.body ?? []) as unknown as AsyncIterable<Uint8Array>;
    for await (const piece of pieces) assert.ok(piece.length > 0);
    return c.text('');
  });
  const server = await serveHttp({ app, host: '127.0.0.1', port: 0, logger });
  t.after(() => server.close());
  for (const path of ['/whole', '/streamed']) {
    const client = request(server.url + path, { method: 'POST' });
    client.on('error', () => {});
    client.write('{', () => client.destroy());
    const answered = new RegExp(`requests_total\\{method="POST",route="${path}",status="400"\\} 1`);
    const figures = async () => answered.test(await registry.metrics());
    await until(figures, { timeoutMs: 10_000, describe: () => lines });
  }
  assert.deepEqual(lines, []);
});
