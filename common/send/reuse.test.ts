// Goal: a connection is used again only where no byte of one answer can be taken for another's, and
// a request that ends early or cannot be written harms no other.
import assert from 'node:assert/strict';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { aRawReceiver } from '../../test/support/raw-receiver.ts';
import { until } from '../../test/support/until.ts';
import { createSender } from './sender.ts';
import type { SendResult } from './send-request.ts';

const OK = 'HTTP/1.1 200 OK\r\n';
const LENGTH = 'Content-Length: 2\r\n';

/** The status of an answer, else the kind of failure. */
const given = ({ outcome }: SendResult) =>
  outcome.kind === 'unreachable' ? outcome.error : outcome.status;

test('only an answer in the usual form leaves its connection open', async (t) => {
  const answers: readonly (readonly [string, 'kept' | 'left', status?: number])[] = [
    ['HTTP/1.1 204 No Content\r\n\r\n', 'kept', 204],
    ['HTTP/1.1 204 No Content\r\ncontent-length: 0\r\n\r\n', 'kept', 204],
    ['HTTP/1.1 304 Not Modified\r\n\r\n', 'kept', 304],
    // A body that they announce may yet come, and would be taken for the next answer.
    ['HTTP/1.1 204 No Content\r\ntransfer-encoding: chunked\r\n\r\n', 'left', 204],
    ['HTTP/1.1 204 No Content\r\ncontent-length: 2\r\n\r\n', 'left', 204],
    ['HTTP/1.1 304 Not Modified\r\ntransfer-encoding: chunked\r\n\r\n', 'left', 304],
    ['HTTP/1.1 304 Not Modified\r\ncontent-length: 2\r\n\r\n', 'left', 304],
    [`${OK}${LENGTH}\r\nok`, 'kept'],
    [`${OK}transfer-encoding: chunked\r\n\r\n2\r\nok\r\n0\r\n\r\n`, 'kept'],
    [`HTTP/1.1 103 Early Hints\r\n\r\n${OK}${LENGTH}\r\nok`, 'kept'],
    [`HTTP/1.0 200 OK\r\nconnection: keep-alive\r\n${LENGTH}\r\nok`, 'kept'],
    [`HTTP/1.0 200 OK\r\n${LENGTH}\r\nok`, 'left'],
    [`${OK}connection: close\r\n${LENGTH}\r\nok`, 'left'],
    [`${OK}connection: x, Close\r\n${LENGTH}\r\nok`, 'left'],
    [`${OK}${LENGTH}${LENGTH}\r\nok`, 'left'],
    [`${OK}x: a\r\n b\r\n${LENGTH}\r\nok`, 'left'],
    [`${OK}transfer-encoding: chunked\r\n${LENGTH}\r\n2\r\nok\r\n0\r\n\r\n`, 'left'],
    [
      'HTTP/1.0 200 OK\r\nconnection: keep-alive\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
      'left',
    ],
    ['HTTP/1.1 200 OK\ncontent-length: 2\n\nok', 'left'],
    [`${OK}transfer-encoding: chunked\r\n\r\n2\nok\n0\n\n`, 'left'],
    // Two answers to one request: the second one must not be taken for that to the next.
    [`${OK}${LENGTH}\r\nok`.repeat(2), 'left'],
    [`${OK}${LENGTH}\r\nok\r\n`, 'left'],
  ];
  for (const [answer, then, status = 200] of answers) {
    let connections = 0;
    const { origin } = await aRawReceiver(t, ({ socket, requests }) => {
      if (requests === 1) connections += 1;
      socket.write(answer, 'latin1');
    });
    const sender = createSender({ timeoutMs: 2_000, guard: null });
    t.after(() => sender.close());
    const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
    for (let n = 0; n < 3; n += 1) assert.equal(given(await sender.send(request)), status, answer);
    assert.equal(connections, then === 'kept' ? 1 : 3, answer);
  }
});

test('bytes that nobody asked for, behind an answer, close the connection', async (t) => {
  let closed = 0;
  const { origin } = await aRawReceiver(t, ({ socket }) => {
    socket.once('close', () => (closed += 1));
    socket.write(`${OK}${LENGTH}\r\nok`, () => setTimeout(() => socket.write('HTTP/1.1 500 X'), 5));
  });
  const sender = createSender({ timeoutMs: 2_000, guard: null });
  t.after(() => sender.close());
  const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
  for (let n = 1; n <= 3; n += 1) {
    assert.equal(given(await sender.send(request)), 200);
    await until(() => closed === n);
  }
});

for (const [what, end] of [
  ['closes', (socket: Socket) => socket.end()],
  ['resets', (socket: Socket) => socket.resetAndDestroy()],
  ['reads on', () => {}],
] as const) {
  test(`a receiver that answers before it has the whole body, and ${what}`, async (t) => {
    const server = createServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', () => {
        socket.pause();
        socket.write('HTTP/1.1 413 Too Large\r\ncontent-length: 3\r\n\r\nbig', () => end(socket));
      });
    });
    t.after(() => server.close());
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    const sender = createSender({ timeoutMs: 2_000, guard: null });
    t.after(() => sender.close());
    const body = Buffer.alloc(30_000_000, 'x');
    const result = await sender.send({ origin, path: '/', headers: [], body });
    assert.equal(given(result), 413, result.detail);
    assert.equal(result.excerpt, 'big');
    assert.ok(result.latencyMs < 1_500);
    // The rest of the first body must not come before the second request.
    const next = await sender.send({ origin, path: '/', headers: [], body: Buffer.from('{}') });
    assert.equal(given(next), 413);
  });
}

test('a request that cannot be written as it is meant is not written', async (t) => {
  const { origin, received } = await aRawReceiver(t, ({ socket }) => socket.write(`${OK}\r\n`));
  const sender = createSender({ timeoutMs: 2_000, guard: null });
  t.after(() => sender.close());
  const headers = ['x', 'a\r\n\r\nPOST / HTTP/1.1'];
  const result = await sender.send({ origin, path: '/', headers, body: Buffer.from('{}') });
  assert.deepEqual(result.outcome, { kind: 'unreachable', error: 'network' });
  assert.equal(result.detail, 'invalid x header');
  assert.equal(received(), 0);
  assert.equal(sender.underWay(0).length, 0);
});
