import assert from 'node:assert/strict';
import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import { test } from 'node:test';
import { internalModule } from '../internals.ts';
import { cutOff } from './fetch-wait.ts';
import type { Connection } from './fetch-wait.ts';

interface Entry {
  readonly payload: Buffer;
}

interface RealConnection extends Connection {
  connect(): Promise<unknown>;
  nextCorrelationId(): number;
  processData(data: Buffer): void;
  readonly requestQueue: { destroy(): void; push(request: object): void };
}

const silent = { namespace: () => silent, debug() {}, info() {}, warn() {}, error() {} };

function frame(correlationId: number, text: string): Buffer {
  const head = Buffer.alloc(8);
  head.writeInt32BE(4 + text.length, 0);
  head.writeInt32BE(correlationId, 4);
  return Buffer.concat([head, Buffer.from(text)]);
}

test('a late answer on a connection that was cut off gets into nothing of the next one', async (t) => {
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
  const Connection = internalModule<new (options: object) => RealConnection>('network/connection');
  const connection = new Connection({
    ...{ host: '127.0.0.1', port: (server.address() as AddressInfo).port, logger: silent },
    ...{ requestTimeout: 5_000, connectionTimeout: 5_000 },
    socketFactory: internalModule<() => unknown>('network/socketFactory')(),
  });
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
  // What the old one still brings, and its end, as far as they are heard of.
  oldSocket?.emit('data', frame(0, 'old'));
  oldSocket?.emit('end');
  second.write(whole.subarray(30));
  assert.equal((await answer).payload.toString(), 'new'.repeat(20));
  assert.equal(connection.isConnected(), true);
  cutOff(connection, givenUp);
});
