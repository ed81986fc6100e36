// Goal: a connection that the receiver closes as the next request is being written costs nothing.
import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import type { Resolve } from '../security/target-guard.ts';
import { createTargetGuard } from '../security/target-guard.ts';
import { aRawReceiver } from '../../test/support/raw-receiver.ts';
import type { RawConnection } from '../../test/support/raw-receiver.ts';
import { aTargetOnEveryAddress } from '../../test/support/target.ts';
import { createSender } from './sender.ts';

const ANSWER = 'HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok';

function aSenderTo(t: TestContext, origin: string, timeoutMs = 5_000) {
  const sender = createSender({ timeoutMs, guard: null });
  t.after(() => sender.close());
  return async () => {
    const request = { origin, path: '/', headers: [], body: Buffer.from('{}') };
    const { outcome } = await sender.send(request);
    return outcome.kind === 'unreachable' ? outcome.error : outcome.status;
  };
}

/** Answers the first request of each connection, and closes as the second one comes. */
const closers: readonly (readonly [how: string, close: (one: RawConnection) => void])[] = [
  ['closes', ({ socket }) => socket.end()],
  ['resets', ({ socket }) => socket.resetAndDestroy()],
];
for (const [how, close] of closers) {
  test(`a receiver that ${how} each connection at its second request costs no attempt`, async (t) => {
    const { origin, received } = await aRawReceiver(t, (connection) => {
      if (connection.requests === 1) connection.socket.write(ANSWER);
      else close(connection);
    });
    const post = aSenderTo(t, origin);
    const given = new Map<number | string, number>();
    const worker = async () => {
      for (let n = 0; n < 50; n += 1) {
        const status = await post();
        given.set(status, (given.get(status) ?? 0) + 1);
      }
    };
    await Promise.all(Array.from({ length: 8 }, worker));
    assert.deepEqual([...given], [[200, 400]]);
    assert.ok(received() > 600, `${received()} requests: most connections were closed`);
  });
}

test('a new connection that is lost is not tried again', async (t) => {
  const { origin, received } = await aRawReceiver(t, ({ socket }) => socket.resetAndDestroy());
  const post = aSenderTo(t, origin);
  assert.equal(await post(), 'connection-reset');
  assert.equal(received(), 1);
});

test('a request is tried again once only, and on a new connection', async (t) => {
  let isDown = false;
  const { origin, received } = await aRawReceiver(t, ({ socket }) => {
    if (isDown) socket.resetAndDestroy();
    else socket.write(ANSWER);
  });
  const post = aSenderTo(t, origin);
  // Three connections, all of which the receiver will have lost.
  assert.deepEqual(await Promise.all([post(), post(), post()]), [200, 200, 200]);
  isDown = true;
  assert.equal(await post(), 'connection-reset');
  assert.equal(received(), 5, 'one over a used connection, one over a new one');
});

test('with a byte of an answer it was no idle connection: not tried again', async (t) => {
  const { origin, received } = await aRawReceiver(t, ({ socket, requests }) => {
    if (requests === 1) socket.write(ANSWER);
    else socket.end('H');
  });
  const post = aSenderTo(t, origin);
  assert.deepEqual([await post(), await post()], [200, 'bad-answer']);
  assert.equal(received(), 2);
});

test('the second try has the rest of the time, not as much again', async (t) => {
  const { origin, received } = await aRawReceiver(t, ({ socket, requests }) => {
    if (received() === 1) socket.write(ANSWER);
    else if (requests === 2) setTimeout(() => socket.resetAndDestroy(), 300);
  });
  const post = aSenderTo(t, origin, 600);
  assert.equal(await post(), 200);
  const startedAtMs = performance.now();
  assert.equal(await post(), 'timeout');
  assert.ok(performance.now() - startedAtMs < 850);
  assert.equal(received(), 3);
});

test('a connection in use is left after its age, and the name is asked for again', async (t) => {
  const { reached, port } = await aTargetOnEveryAddress(t, { keepsAlive: true });
  let address = '127.0.0.2';
  const moving: Resolve = () => Promise.resolve([{ address, family: 4 }]);
  const guard = createTargetGuard(['127.0.0.0/8'], moving);
  const sender = createSender({ timeoutMs: 5_000, guard, connectionMaxAgeMs: 300 });
  t.after(() => sender.close());
  const origin = `http://moving.example:${port}`;
  const post = () => sender.send({ origin, path: '/', headers: [], body: Buffer.from('{}') });
  const startedAtMs = performance.now();
  await post();
  address = '127.0.0.3';
  // Never idle: the age alone makes it leave the old address.
  while (reached.at(-1) === '127.0.0.2') {
    assert.ok(performance.now() - startedAtMs < 2_000, 'still at the old address');
    assert.equal((await post()).outcome.kind, 'accepted');
  }
  assert.ok(performance.now() - startedAtMs >= 200, 'and until then the connection was kept');
  assert.ok(reached.length > 10);
});

const SENDS = Number(process.env['SENDS'] ?? 4_000);

test(`${SENDS} to a receiver that closes behind one answer in ten: none fails, none comes twice`, async (t) => {
  let accepted = 0;
  const { origin, received } = await aRawReceiver(t, ({ socket }) => {
    accepted += 1;
    // Without a word: that the connection ends is to be found out.
    if (accepted % 10 === 0) socket.end(ANSWER);
    else socket.write(ANSWER);
  });
  const post = aSenderTo(t, origin);
  let left = SENDS;
  let failed = 0;
  const worker = async () => {
    while (left-- > 0) if ((await post()) !== 200) failed += 1;
  };
  await Promise.all(Array.from({ length: 64 }, worker));
  assert.deepEqual({ failed, received: received() }, { failed: 0, received: SENDS });
});

test('a 408 to a connection that waited is no answer to the request that crosses it', async (t) => {
  const { origin, received } = await aRawReceiver(t, ({ socket, requests }) => {
    if (requests === 1) socket.write(ANSWER);
    else socket.end('HTTP/1.1 408 Request Timeout\r\nconnection: close\r\n\r\n');
  });
  const post = aSenderTo(t, origin);
  assert.deepEqual([await post(), await post()], [200, 200]);
  assert.equal(received(), 3);
});

for (const [how, end, gives] of [
  ['cut off', ({ socket }) => socket.resetAndDestroy(), 'connection-reset'],
  ['closed', ({ socket }) => socket.end(), 'connection-reset'],
  ['answered with a 408', ({ socket }) => socket.end('HTTP/1.1 408 X\r\n\r\n'), 408],
] as readonly (readonly [string, (one: RawConnection) => void, number | string])[]) {
  test(`a request that is ${how} after a second was heard: it is not sent twice`, async (t) => {
    const { origin, received } = await aRawReceiver(t, (connection) => {
      if (connection.requests === 1) connection.socket.write(ANSWER);
      else setTimeout(() => end(connection), 1_100);
    });
    const post = aSenderTo(t, origin);
    assert.deepEqual([await post(), await post()], [200, gives]);
    assert.equal(received(), 2);
  });
}

test('a 408 over a new connection, or with more to come, is an answer', async (t) => {
  const { origin, received } = await aRawReceiver(t, ({ socket }) => {
    const isFirst = received() === 1;
    const connection = isFirst ? 'close' : 'keep-alive';
    socket.write(`HTTP/1.1 408 X\r\nconnection: ${connection}\r\ncontent-length: 0\r\n\r\n`);
  });
  const post = aSenderTo(t, origin);
  assert.deepEqual([await post(), await post(), await post()], [408, 408, 408]);
  assert.equal(received(), 3);
});
