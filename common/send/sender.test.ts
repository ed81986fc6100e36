import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:http';
import type { Server } from 'node:http';
import { createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { Worker } from 'node:worker_threads';
import { createSender } from './sender.ts';

async function aSenderTo(t: TestContext, server: Server, timeoutMs: number) {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const sender = createSender({ timeoutMs, guard: null });
  t.after(async () => {
    await sender.close();
    server.closeAllConnections();
    server.close();
  });
  return { sender, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('a request without an answer is given up in time, however the others come and go', async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/answers') response.end();
  });
  const { sender, origin } = await aSenderTo(t, server, 500);
  const paths = Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? '/hangs' : '/answers'));
  const body = Buffer.from('{}');
  const sends = paths.map((path) => sender.send({ origin, path, headers: [], body }));
  assert.equal(sender.underWay(0).length, 20);
  assert.equal(sender.underWay(60_000).length, 0);
  const kinds = (await Promise.all(sends)).map(({ outcome }) =>
    outcome.kind === 'unreachable' ? outcome.error : outcome.kind,
  );
  assert.deepEqual(
    kinds,
    paths.map((path) => (path === '/hangs' ? 'timeout' : 'accepted')),
  );
  assert.equal(sender.underWay(0).length, 0);
});

test('a request may have less time than the others, and never more', async (t) => {
  const server = createServer((request) => request.resume());
  const { sender, origin } = await aSenderTo(t, server, 1_500);
  const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
  const [short, long] = await Promise.all(
    [200, 60_000].map((timeoutMs) => sender.send({ ...request, timeoutMs })),
  );
  assert.deepEqual(short?.outcome, { kind: 'unreachable', error: 'timeout' });
  assert.ok((short?.latencyMs ?? 0) < 1_000, `${short?.latencyMs} ms`);
  assert.ok((long?.latencyMs ?? 0) < 5_000, `${long?.latencyMs} ms`);
});

test('a connection serves one request after the other, and none after one that failed', async (t) => {
  let opened = 0;
  const hung = Promise.withResolvers<string>();
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/resets') request.socket.destroy();
    else if (request.url === '/floods') response.end(Buffer.alloc(1_000_000));
    else if (request.url === '/answers') response.end();
    else request.socket.once('close', () => hung.resolve('closed'));
  });
  server.on('connection', () => (opened += 1));
  const { sender, origin } = await aSenderTo(t, server, 300);
  const post = async (path: string) => {
    const { outcome } = await sender.send({ origin, path, headers: [], body: Buffer.from('{}') });
    return outcome.kind === 'unreachable' ? outcome.error : outcome.kind;
  };
  const answers = ['/answers', '/answers', '/resets', '/answers', '/hangs', '/answers', '/floods'];
  const kinds: string[] = [];
  for (const path of [...answers, '/answers']) kinds.push(await post(path));
  assert.deepEqual(kinds, [
    ...['accepted', 'accepted', 'connection-reset', 'accepted'],
    ...['timeout', 'accepted', 'accepted', 'accepted'],
  ]);
  assert.equal(opened, 5, 'a new one after each of three, and one to try the reset once more');
  assert.equal(await Promise.race([hung.promise, sleep(2_000, 'still open')]), 'closed');
});

/** Does as told with each request that has come whole. */
async function aRawReceiver(t: TestContext, answer: (socket: Socket) => void): Promise<string> {
  const server = createTcpServer((socket) => {
    let unread = '';
    socket.on('error', () => socket.destroy());
    socket.on('data', (chunk) => {
      unread += chunk.toString();
      if (!unread.endsWith('{}')) return;
      unread = '';
      answer(socket);
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => server.close());
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';
for (const [when, answer] of [
  ['in the same moment', (socket: Socket) => socket.end(ANSWER)],
  [
    'a moment later',
    (socket: Socket) => {
      socket.write(ANSWER);
      setImmediate(() => socket.end());
    },
  ],
] as const) {
  test(`a receiver that closes behind its answer, ${when}, costs no request`, async (t) => {
    const origin = await aRawReceiver(t, answer);
    const sender = createSender({ timeoutMs: 5_000, guard: null });
    t.after(() => sender.close());
    const kinds = new Map<string, number>();
    const worker = async () => {
      for (let n = 0; n < 50; n += 1) {
        const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
        const { outcome } = await sender.send(request);
        kinds.set(outcome.kind, (kinds.get(outcome.kind) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    assert.deepEqual([...kinds], [['accepted', 400]]);
  });
}

test('early hints are not the answer', async (t) => {
  const origin = await aRawReceiver(t, (socket) => {
    socket.write('HTTP/1.1 103 Early Hints\r\nlink: a\r\n\r\n');
    setTimeout(() => socket.destroy(), 20);
  });
  const sender = createSender({ timeoutMs: 5_000, guard: null });
  t.after(() => sender.close());
  const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
  const { outcome } = await sender.send(request);
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'bad-answer' });
});

/** Answers from another thread, when it is told to, as this one stands still. */
const OTHER_THREAD = `
  const { createServer } = require('node:http');
  const { parentPort, workerData: answered } = require('node:worker_threads');
  let response;
  const server = createServer((request, theResponse) => {
    request.resume();
    response = theResponse;
    response.once('finish', () => Atomics.notify(answered, 0, Atomics.store(answered, 0, 1)));
    parentPort.postMessage('received');
  });
  parentPort.on('message', (told) => {
    if (told === 'answer') response.end();
    else parentPort.postMessage(told);
  });
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

async function anOtherThread(t: TestContext) {
  const answered = new Int32Array(new SharedArrayBuffer(4));
  const worker = new Worker(OTHER_THREAD, { eval: true, workerData: answered });
  t.after(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  const standStill = (ms: number) =>
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms);
  return {
    worker,
    origin: `http://127.0.0.1:${port}`,
    standStill,
    /** Comes back when the answer has been written, and so much later. */
    standStillWhileItAnswers(ms: number) {
      worker.postMessage('answer');
      Atomics.wait(answered, 0, 0, 10_000);
      standStill(ms);
    },
  };
}

type OtherThread = Awaited<ReturnType<typeof anOtherThread>>;

const TIMEOUT_MS = 1_000;
/** From one look for late requests to the next, and a little more. */
const SWEEP_MS = 150;
for (const [when, standStillNow] of [
  [
    'before it looked at its timers',
    async ({ standStillWhileItAnswers }: OtherThread) => {
      await turn();
      standStillWhileItAnswers(TIMEOUT_MS);
    },
  ],
  [
    'between its timers and its sockets',
    async ({ worker, standStill, standStillWhileItAnswers }: OtherThread) => {
      await turn();
      // Messages come after timers, as sockets do.
      const told = once(worker, 'message');
      worker.postMessage('go on');
      standStill(SWEEP_MS);
      await told;
      standStillWhileItAnswers(TIMEOUT_MS);
    },
  ],
] as const) {
  test(`who answered while this process stood still ${when} is not given up`, async (t) => {
    const other = await anOtherThread(t);
    const sender = createSender({ timeoutMs: TIMEOUT_MS, guard: null });
    t.after(() => sender.close());
    const { worker, origin } = other;
    const received = once(worker, 'message');
    const sent = sender.send({ origin, path: '/', headers: [], body: Buffer.from('{}') });
    await received;
    await standStillNow(other);
    assert.deepEqual((await sent).outcome, { kind: 'accepted', status: 200 });
  });
}
