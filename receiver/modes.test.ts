import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect } from 'node:net';
import { test } from 'node:test';
import { Worker } from 'node:worker_threads';
import { until } from '../test/support/until.ts';
import { aReceiver, deliver } from './test-support.ts';

test('ok accepts whatever comes, on any path', async (t) => {
  const receiver = await aReceiver(t);
  for (const path of ['/webhook', '/', '/a/b?c=d', '/stats', '/modes']) {
    const answer = await deliver(receiver, { path, body: 'not json' });
    assert.deepEqual(answer, { status: 200, retryAfter: null, text: '' });
  }
  assert.equal(receiver.stats().accepted, 5);
});

test('error answers 500, or the status it was given, with Retry-After where asked', async (t) => {
  const receiver = await aReceiver(t, { mode: 'error' });
  const answer = await deliver(receiver);
  assert.equal(answer.status, 500);
  assert.equal(answer.retryAfter, null);
  assert.equal((JSON.parse(answer.text) as { title: string }).title, 'Internal Server Error');

  receiver.setMode({ mode: 'error', status: 503, retryAfter: 7 });
  const later = await deliver(receiver);
  assert.deepEqual([later.status, later.retryAfter], [503, '7']);

  receiver.setMode({ mode: 'error', status: 302 });
  assert.equal((await deliver(receiver)).status, 302);
  const { received, accepted, refused } = receiver.stats();
  assert.deepEqual(
    { received, accepted, refused },
    {
      received: 3,
      accepted: 0,
      refused: { 302: 1, 500: 1, 503: 1 },
    },
  );
});

test('gone answers 410', async (t) => {
  const receiver = await aReceiver(t, { mode: 'gone' });
  assert.equal((await deliver(receiver)).status, 410);
  assert.deepEqual(receiver.stats().refused, { 410: 1 });
});

test('slow accepts after its delay', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'slow', delayMs: 300 } });
  const startMs = performance.now();
  assert.equal((await deliver(receiver)).status, 200);
  assert.ok(performance.now() - startMs >= 299);
  assert.equal(receiver.stats().accepted, 1);
});

test('slow has not accepted what the client gave up on', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'slow', delayMs: 1_500 }, keep: 1 });
  await assert.rejects(deliver(receiver, { signal: AbortSignal.timeout(1_000) }));
  while (receiver.deliveries().length === 0) await new Promise((next) => setTimeout(next, 20));
  const { received, accepted } = receiver.stats();
  assert.deepEqual({ received, accepted }, { received: 1, accepted: 0 });
});

test('nor what the client gave up on while the receiver stood still', async (t) => {
  const delayMs = 1_000;
  const receiver = await aReceiver(t, { mode: { mode: 'slow', delayMs }, keep: 1 });
  const gone = new Int32Array(new SharedArrayBuffer(4));
  // From another thread, as this one will stand still.
  const client = new Worker(
    `const { parentPort, workerData: { port, gone } } = require('node:worker_threads');
     const request = 'POST / HTTP/1.1\\r\\nhost: a\\r\\ncontent-length: 2\\r\\n\\r\\n{}';
     const socket = require('node:net').connect(port, '127.0.0.1', () => socket.write(request));
     socket.once('close', () => Atomics.notify(gone, 0, Atomics.store(gone, 0, 1)));
     parentPort.once('message', () => socket.destroy());`,
    { eval: true, workerData: { port: receiver.port, gone } },
  );
  t.after(() => client.terminate());
  await until(() => receiver.stats().received === 1);
  client.postMessage('go');
  Atomics.wait(gone, 0, 0, 10_000);
  Atomics.wait(gone, 0, 1, delayMs);
  await until(() => receiver.deliveries().length === 1);
  assert.equal(receiver.stats().accepted, 0);
});

test('flaky fails the given share', async (t) => {
  const receiver = await aReceiver(t, { mode: { mode: 'flaky', failRate: 0.5, status: 502 } });
  const send = () => Promise.all(Array.from({ length: 100 }, () => deliver(receiver)));
  await send();
  const { accepted, refused } = receiver.stats();
  // Outside these bounds once in ten thousand million runs.
  assert.ok(accepted > 20 && accepted < 80, `${accepted} of 100 accepted`);
  assert.deepEqual(refused, { 502: 100 - accepted });
  for (const [failRate, expected] of [
    [0, 100],
    [1, 0],
  ] as const) {
    receiver.reset();
    receiver.setMode({ mode: 'flaky', failRate });
    await send();
    assert.equal(receiver.stats().accepted, expected);
  }
});

test('hang takes the request and never answers; closing ends it', async (t) => {
  const receiver = await aReceiver(t, { mode: 'hang', keep: 1 });
  const gaveUp = deliver(receiver, { signal: AbortSignal.timeout(1_000) });
  await assert.rejects(gaveUp, { name: 'TimeoutError' });
  const hanging = assert.rejects(deliver(receiver), TypeError);
  while (receiver.stats().received < 2) await new Promise((next) => setTimeout(next, 20));
  const startMs = performance.now();
  await receiver.close();
  assert.ok(performance.now() - startMs < 1_000, 'closing does not wait for what hangs');
  await hanging;
  const { received, accepted, refused } = receiver.stats();
  assert.deepEqual({ received, accepted, refused }, { received: 2, accepted: 0, refused: {} });
  assert.equal(receiver.deliveries(1)[0]?.status, null);
});

test('reset cuts the connection without an answer', async (t) => {
  const receiver = await aReceiver(t, { mode: 'reset' });
  const socket = connect(receiver.port, '127.0.0.1');
  socket.write('POST /webhook HTTP/1.1\r\nhost: a\r\ncontent-length: 2\r\n\r\n{}');
  const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
  assert.equal(error.code, 'ECONNRESET');
  assert.equal(receiver.stats().received, 1);
});

test('a body beyond 4 MiB is refused with 413 and not counted', async (t) => {
  const receiver = await aReceiver(t);
  const socket = connect(receiver.port, '127.0.0.1');
  socket.on('error', () => {}); // the answer comes before the whole body has been taken
  socket.write('POST /webhook HTTP/1.1\r\nhost: a\r\ncontent-length: 9000000\r\n\r\n');
  socket.write(Buffer.alloc(5_000_000));
  const [answer] = (await once(socket, 'data')) as [Buffer];
  assert.match(answer.toString(), /^HTTP\/1\.1 413 .*connection: close/is);
  socket.destroy();
  assert.equal(receiver.stats().received, 0);
});

test('a connection that ends within a body leaves the receiver well', async (t) => {
  const receiver = await aReceiver(t);
  const socket = connect(receiver.port, '127.0.0.1');
  socket.write('POST /webhook HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\n{"userId"');
  await once(socket, 'connect');
  socket.resetAndDestroy();
  assert.equal((await deliver(receiver)).status, 200);
  assert.equal(receiver.stats().received, 1);
});
