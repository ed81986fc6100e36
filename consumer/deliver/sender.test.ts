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
  const sender = createSender(timeoutMs, null);
  t.after(async () => {
    await sender.close();
    server.closeAllConnections();
    server.close();
  });
  return { sender, origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}` };
}

test('whoever is not answered is given up in time, however the others come and go', async (t) => {
  const server = createServer((request, response) => {
    request.resume();
    if (request.url === '/answers') response.end();
  });
  const { sender, origin } = await aSenderTo(t, server, 500);
  const paths = Array.from({ length: 20 }, (_, n) => (n % 3 === 0 ? '/hangs' : '/answers'));
  const body = Buffer.from('{}');
  const sends = paths.map((path) => sender.send({ origin, path, headers: [], body }));
  const kinds = (await Promise.all(sends)).map(({ outcome }) =>
    outcome.kind === 'unreachable' ? outcome.error : outcome.kind,
  );
  assert.deepEqual(
    kinds,
    paths.map((path) => (path === '/hangs' ? 'timeout' : 'accepted')),
  );
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
  assert.equal(opened, 4, 'a new one after each of three');
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
    const sender = createSender(5_000, null);
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
  const sender = createSender(5_000, null);
  t.after(() => sender.close());
  const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
  const { outcome } = await sender.send(request);
  assert.deepEqual(outcome, { kind: 'unreachable', error: 'connection-reset' });
});

test('who answered while this process stood still is not given up', async (t) => {
  const timeoutMs = 300;
  const answered = new Int32Array(new SharedArrayBuffer(4));
  // It answers from another thread, as this one will stand still.
  const receiver = new Worker(
    `const { createServer } = require('node:http');
     const { parentPort, workerData: answered } = require('node:worker_threads');
     const server = createServer((request, response) => {
       request.resume();
       if (request.url === '/') return response.end();
       response.once('finish', () => Atomics.notify(answered, 0, Atomics.store(answered, 0, 1)));
       setTimeout(() => response.end(), 100);
     });
     server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`,
    { eval: true, workerData: answered },
  );
  t.after(() => receiver.terminate());
  const [port] = (await once(receiver, 'message')) as [number];
  const sender = createSender(timeoutMs, null);
  t.after(() => sender.close());
  const origin = `http://127.0.0.1:${port}`;
  const post = (path: string) =>
    sender.send({ origin, path, headers: [], body: Buffer.from('{}') });
  await post('/');
  const sent = post('/late');
  await sleep(50);
  // From here on timers come before sockets.
  await turn();
  assert.equal(Atomics.wait(answered, 0, 0, 10_000), 'ok');
  Atomics.wait(answered, 0, 1, timeoutMs);
  assert.deepEqual((await sent).outcome, { kind: 'accepted', status: 200 });
});
