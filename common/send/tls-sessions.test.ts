// Goal: nothing is told to a target before its certificate has been verified, and a second
// connection costs less than the first one.
import assert from 'node:assert/strict';
import { once } from 'node:events';
import { connect, createServer as createTcpServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createServer, getCACertificates, setDefaultCACertificates } from 'node:tls';
import type { TLSSocket } from 'node:tls';
import { Worker } from 'node:worker_threads';
import { aCertificate } from '../../bench/certificate.ts';
import { createTargetGuard } from '../security/target-guard.ts';
import { createSender } from './sender.ts';

const known = aCertificate('known.example');
const unknown = aCertificate('unknown.example');
setDefaultCACertificates([...getCACertificates('default'), known.cert]);

async function aTlsReceiver(t: TestContext, certificate: typeof known) {
  const resumed: boolean[] = [];
  const names: (string | false | null)[] = [];
  let bytes = 0;
  const server = createServer(certificate, (socket: TLSSocket) => {
    resumed.push(socket.isSessionReused());
    names.push(socket.servername ?? '');
    socket.on('error', () => {});
    socket.on('data', (chunk) => {
      bytes += chunk.length;
      socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n');
    });
  });
  server.on('tlsClientError', () => {});
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => void server.close());
  const { port } = server.address() as AddressInfo;
  const post = aSenderBy(t, port);
  return { port, post, resumed, names, bytes: () => bytes };
}

/** Posts to a port of this machine, whatever the name. */
function aSenderBy(t: TestContext, port: number) {
  const guard = createTargetGuard(['127.0.0.0/8'], () =>
    Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
  );
  const sender = createSender({ timeoutMs: 5_000, guard });
  t.after(() => sender.close());
  return (name: string) => {
    const origin = `https://${name}:${port}`;
    return sender.send({ origin, path: '/', headers: [], body: Buffer.from('{}') });
  };
}

test('a TLS session is taken up again by the next connection, and by no other name', async (t) => {
  const { post, resumed, names } = await aTlsReceiver(t, known);
  for (let n = 0; n < 3; n += 1) {
    assert.deepEqual((await post('known.example')).outcome, { kind: 'accepted', status: 200 });
  }
  assert.deepEqual(resumed, [false, true, true]);
  // A dot at the end of a name is not part of what is certified.
  assert.equal((await post('known.example.')).outcome.kind, 'accepted');
  const other = await post('other.example');
  assert.deepEqual(other.outcome, { kind: 'unreachable', error: 'tls' });
  assert.match(other.detail, /does not match certificate's altnames/);
  assert.deepEqual(names.slice(0, 4), Array(4).fill('known.example'));
  assert.equal(resumed.at(-1), false);
});

/** Whether a ClientHello offers a session: the extension pre_shared_key (RFC 8446, 4.2.11). */
function offersSession(hello: Buffer): boolean {
  // Behind the headers, the version and the random bytes: id, ciphers, compressions.
  let at = 5 + 4 + 2 + 32;
  at += 1 + hello.readUInt8(at);
  at += 2 + hello.readUInt16BE(at);
  at += 1 + hello.readUInt8(at) + 2;
  while (at + 4 <= hello.length && hello.readUInt16BE(at) !== 41) {
    at += 4 + hello.readUInt16BE(at + 2);
  }
  return at + 4 <= hello.length;
}

const FATAL_INTERNAL_ERROR = Buffer.from([0x15, 3, 3, 0, 2, 2, 80]);
const refusals: readonly (readonly [how: string, refuse: (socket: Socket) => void])[] = [
  ['with an alert', (socket) => socket.end(FATAL_INTERNAL_ERROR)],
  ['by closing', (socket) => socket.end()],
  ['by resetting', (socket) => socket.resetAndDestroy()],
];
for (const [how, refuse] of refusals) {
  test(`a session that a target refuses ${how} costs no attempt`, async (t) => {
    const { port } = await aTlsReceiver(t, known);
    let refused = 0;
    const front = createTcpServer((socket) => {
      socket.on('error', () => {});
      socket.once('data', (hello) => {
        if (offersSession(hello)) {
          refused += 1;
          return refuse(socket);
        }
        const behind = connect(port, '127.0.0.1').on('error', () => {});
        behind.write(hello);
        socket.pipe(behind).pipe(socket);
      });
    });
    front.listen(0, '127.0.0.1');
    await once(front, 'listening');
    t.after(() => void front.close());
    const post = aSenderBy(t, (front.address() as AddressInfo).port);
    for (let n = 0; n < 3; n += 1) {
      const { outcome, detail } = await post('known.example');
      assert.deepEqual(outcome, { kind: 'accepted', status: 200 }, detail);
    }
    assert.equal(refused, 2);
  });
}

/** In another thread, so that its answer may be there before our own write has been reported. */
const OTHER_THREAD = `
  const { createServer } = require('node:tls');
  const { parentPort, workerData } = require('node:worker_threads');
  let connections = 0;
  const server = createServer(workerData, (socket) => {
    connections += 1;
    socket.on('error', () => {});
    socket.on('data', () => socket.write('HTTP/1.1 200 OK\\r\\ncontent-length: 0\\r\\n\\r\\n'));
  });
  parentPort.on('message', () => parentPort.postMessage(connections));
  server.listen(0, '127.0.0.1', () => parentPort.postMessage(server.address().port));`;

test('a TLS connection serves one request after the other', async (t) => {
  const worker = new Worker(OTHER_THREAD, { eval: true, workerData: known });
  t.after(() => worker.terminate());
  const [port] = (await once(worker, 'message')) as [number];
  const post = aSenderBy(t, port);
  let left = 1_500;
  const sends = async () => {
    while (left-- > 0) assert.equal((await post('known.example')).outcome.kind, 'accepted');
  };
  await Promise.all(Array.from({ length: 30 }, sends));
  worker.postMessage('how many');
  assert.deepEqual(await once(worker, 'message'), [30]);
});

test('a target whose certificate is not known gets no byte of the request', async (t) => {
  const { post, bytes } = await aTlsReceiver(t, unknown);
  for (let n = 0; n < 2; n += 1) {
    const { outcome, detail } = await post('unknown.example');
    assert.deepEqual(outcome, { kind: 'unreachable', error: 'tls' });
    assert.match(detail, /NODE_EXTRA_CA_CERTS/);
  }
  assert.equal(bytes(), 0);
});
