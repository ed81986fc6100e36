import assert from 'node:assert/strict';
import { createServer } from 'node:http';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AddressInfo } from 'node:net';
import { aRawReceiver } from '../../test/support/raw-receiver.ts';
import { Connection } from './connection.ts';
import { Connections, PoolsByOrigin } from './connections.ts';
import { SocketOpener } from './open-socket.ts';
import { targetOf } from './target.ts';

/** Connections to a server that counts them, and says how long it keeps an idle one. */
async function aServer(t: TestContext, keepAlive: string, unusedMsMin: number) {
  let opened = 0;
  const server = createServer((_, response) => {
    response.setHeader('keep-alive', keepAlive);
    response.end();
  });
  server.on('connection', () => (opened += 1));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  t.after(() => server.close());
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const make = (to: string) => {
    const opener = new SocketOpener(targetOf(to), { guard: null });
    const reading = { excerptBytesMax: 0, keepsAccepted: false };
    const deps = { opener, maxAgeMs: 60_000, reading };
    return new Connections((onClosed) => new Connection({ ...deps, onClosed }));
  };
  const origins = new PoolsByOrigin({ make, unusedMsMin });
  t.after(() => origins.close());
  const post = async () => {
    const to = origins.to(origin);
    const connection = to.take(performance.now());
    await new Promise<void>((resolve, reject) => {
      connection.send({
        request: { origin, path: '/', headers: [], body: Buffer.from('{}') },
        onAnswer: () => resolve(),
        onBadAnswer: () => reject(new Error('no answer')),
        onLost: reject,
      });
    });
    to.release(connection, performance.now());
    return connection;
  };
  return { origins, post, opened: () => opened };
}

async function until(isSo: () => boolean): Promise<void> {
  const deadlineMs = Date.now() + 10_000;
  while (!isSo() && Date.now() < deadlineMs) await sleep(20);
  assert.ok(isSo());
}

test('connections are kept while they are used, and closed when they are not', async (t) => {
  const { origins, post, opened } = await aServer(t, 'timeout=60', 400);
  const first = await post();
  for (let n = 0; n < 10; n += 1) {
    assert.equal(await post(), first);
    await sleep(60);
  }
  // Used all along, for longer than connections may be unused.
  assert.equal(opened(), 1);
  await until(() => origins.size === 0);
  assert.ok(first.isClosed);
  await post();
  assert.equal(opened(), 2);
});

test('an idle connection is closed before the receiver closes it', async (t) => {
  const { post, opened } = await aServer(t, 'timeout=1', 60_000);
  const first = await post();
  assert.equal(await post(), first, 'in the meantime it is used again');
  await until(() => first.isClosed);
  await post();
  assert.equal(opened(), 2);
});

test('a failure of the reader itself is a bad answer, and ends no other request', async (t) => {
  const { origin } = await aRawReceiver(t, ({ socket }) => socket.write('HTTP/1.1 500 X\r\n\r\n'));
  const reading = {
    keepsAccepted: false,
    get excerptBytesMax(): number {
      throw new RangeError('broken on purpose');
    },
  };
  const opener = new SocketOpener(targetOf(origin), { guard: null });
  const connection = new Connection({ opener, maxAgeMs: 60_000, reading, onClosed: () => {} });
  const given = await new Promise<string>((resolve) => {
    connection.send({
      request: { origin, path: '/', headers: [], body: Buffer.from('{}') },
      onAnswer: () => resolve('answer'),
      onBadAnswer: () => resolve('bad answer'),
      onLost: () => resolve('lost'),
    });
  });
  assert.equal(given, 'bad answer');
  assert.ok(connection.isClosed);
});
