import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { createLogger } from '../../base/logger.ts';
import { encoded, internalModule } from '../internals.ts';
import { cutOff } from './connection-life.ts';
import type { Connection } from './connection-life.ts';
import { installFixes } from './install.ts';

interface Entry {
  readonly payload: Buffer;
}

interface RealConnection extends Connection {
  connect(): Promise<unknown>;
  disconnect(): Promise<unknown>;
  nextCorrelationId(): number;
  send(protocol: object): Promise<unknown>;
  readonly requestQueue: Connection['requestQueue'] & { push(request: object): void };
}

const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {} };
const CLOSED = { name: 'KafkaJSConnectionClosedError' };
const WAIT_MS = 5_000;

/** A listener that only keeps its sockets, and a connection of kafkajs' to it. */
async function aConnection(t: TestContext, requestTimeout = WAIT_MS) {
  installFixes(createLogger('test', 'silent'));
  const sockets: Socket[] = [];
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    sockets.push(socket.on('error', () => {}).resume());
    server.emit('accepted');
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const RealConnection =
    internalModule<new (options: object) => RealConnection>('network/connection');
  const connection = new RealConnection({
    ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port, logger: silent },
    ...{ requestTimeout, connectionTimeout: WAIT_MS },
    socketFactory: internalModule<() => unknown>('network/socketFactory')(),
  });
  t.after(() => cutOff(connection, new Error('the test is over')));
  const open = async () => {
    const accepted = once(server, 'accepted');
    await Promise.all([connection.connect(), accepted]);
    return sockets.at(-1) as Socket;
  };
  const ask = () =>
    new Promise<Entry>((resolve, reject) => {
      const correlationId = connection.nextCorrelationId();
      const entry = { apiKey: 1, apiName: 'Fetch', apiVersion: 11, correlationId, resolve, reject };
      const sendRequest = () => {};
      const request = { entry, expectResponse: true, requestTimeout: null, sendRequest };
      connection.requestQueue.push(request);
    });
  /** As `ask`, through all of kafkajs. @returns the answer as text */
  const send = (how: { readonly requestTimeout?: number } = {}) => {
    const encode = () => Promise.resolve(encoded(Buffer.from('?')));
    const response = {
      decode: (answer: Buffer) => Promise.resolve({ text: String(answer) }),
      parse: ({ text }: { readonly text: string }) => Promise.resolve(text),
    };
    const request = { apiKey: 18, apiName: 'ApiVersions', apiVersion: 0, encode };
    return connection.send({ request, response, ...how });
  };
  return { connection, open, ask, send };
}

function frame(correlationId: number, text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + text.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

test('a late answer on a connection that was cut off gets into nothing of the next one', async (t) => {
  const { connection, open, ask } = await aConnection(t);
  const first = await open();
  const givenUp = new Error('given up');
  const waiting = assert.rejects(ask(), givenUp);
  // Half of an answer is there already.
  const seen = once(connection.socket as never, 'data');
  first.write(frame(0, 'old').subarray(0, 6));
  await seen;
  const oldSocket = connection.socket;
  cutOff(connection, givenUp);
  await waiting;
  assert.equal(connection.isConnected(), false);

  const second = await open();
  const answer = ask();
  const whole = frame(1, 'new'.repeat(20));
  const half = once(connection.socket as never, 'data');
  second.write(whole.subarray(0, 30));
  await half;
  // Later data and the end of the old socket must not reach the new connection.
  oldSocket?.emit('data', frame(0, 'old'));
  oldSocket?.emit('end');
  second.write(whole.subarray(30));
  assert.equal((await answer).payload.toString(), 'new'.repeat(20));
  assert.equal(connection.isConnected(), true);
});

test('two that find a connection closed open one socket', async (t) => {
  const { connection, open } = await aConnection(t);
  const opened = open();
  const { socket } = connection;
  const again = connection.connect();
  assert.equal(connection.socket, socket);
  await Promise.all([opened, again]);
});

test('the end of a socket that was closed in order leaves the next one alone', async (t) => {
  const { connection, open, ask } = await aConnection(t);
  await open();
  const oldSocket = connection.socket;
  await connection.disconnect();
  const second = await open();
  const answer = ask();
  oldSocket?.emit('end');
  second.write(frame(0, 'new'));
  assert.equal((await answer).payload.toString(), 'new');
});

test('what waits for an answer while its connection is being closed fails with the socket', async (t) => {
  const { connection, open, ask } = await aConnection(t);
  const socket = await open();
  const waiting = assert.rejects(ask(), CLOSED);
  const closing = connection.disconnect();
  const later = assert.rejects(ask(), CLOSED);
  socket.destroy();
  await Promise.all([waiting, later, closing]);
  assert.equal(connection.isConnected(), false);
  assert.equal(connection.requestQueue.inflight.size, 0);
});

test('what is asked right behind the last answer of a connection that closes fails', async (t) => {
  const { connection, open, ask } = await aConnection(t);
  const socket = await open();
  const last = ask().then(() => assert.rejects(ask(), CLOSED));
  const closing = connection.disconnect();
  socket.write(frame(0, 'last'));
  await Promise.all([last, closing]);
  assert.equal(connection.requestQueue.inflight.size, 0);
});

test('a connection that is opened while the one before is still closing stays open', async (t) => {
  const { connection, open, ask } = await aConnection(t);
  await open();
  const waiting = assert.rejects(ask(), { message: 'given up' });
  const closing = connection.disconnect();
  cutOff(connection, new Error('given up'));
  const opened = open();
  await Promise.all([waiting, closing]);
  const socket = await opened;
  const answer = ask();
  socket.write(frame(1, 'new'));
  assert.equal((await answer).payload.toString(), 'new');
});

test('a connection over which nothing comes is ended with the first request that waits in vain', async (t) => {
  const { connection, open, send } = await aConnection(t, 50);
  await open();
  const oldSocket = connection.socket;
  await assert.rejects(send(), { name: 'KafkaJSRequestTimeoutError' });
  assert.equal(connection.isConnected(), false);
  await open();
  assert.notEqual(connection.socket, oldSocket);
});

test('a request that waits behind a longer one ends no connection', async (t) => {
  const { connection, open, send } = await aConnection(t, 50);
  const socket = await open();
  const longer = send({ requestTimeout: WAIT_MS });
  await assert.rejects(send(), { name: 'KafkaJSRequestTimeoutError' });
  assert.equal(connection.isConnected(), true);
  socket.write(frame(0, 'joined'));
  assert.equal(await longer, 'joined');
});

test('a connection attempt that was given up does not succeed later', async (t) => {
  const { connection } = await aConnection(t);
  const opened = connection.connect();
  connection.socket?.emit('timeout');
  await assert.rejects(opened, { name: 'KafkaJSConnectionError' });
  const socket = connection.socket as unknown as Socket;
  if (!socket.closed) await once(socket, 'close');
  assert.equal(connection.isConnected(), false);
});
