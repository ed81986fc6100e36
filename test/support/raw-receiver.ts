import { once } from 'node:events';
import { createServer } from 'node:net';
import type { AddressInfo, Socket } from 'node:net';
import type { TestContext } from 'node:test';

/** A connection to the receiver, with what came over it so far. */
export interface RawConnection {
  readonly socket: Socket;
  /** Requests that came whole over this connection, this one included. */
  readonly requests: number;
}

/**
 * A server of bytes: `answer` writes what it likes for each request that has come whole. Requests
 * end with the body `{}`.
 */
export async function aRawReceiver(
  t: TestContext,
  answer: (connection: RawConnection) => void,
): Promise<{ readonly origin: string; readonly received: () => number }> {
  let received = 0;
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    let unread = '';
    let requests = 0;
    socket.on('error', () => socket.destroy());
    socket.on('close', () => sockets.delete(socket));
    socket.on('data', (chunk) => {
      unread += chunk.toString('latin1');
      if (!unread.endsWith('{}')) return;
      unread = '';
      received += 1;
      requests += 1;
      answer({ socket, requests });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  t.after(() => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const { port } = server.address() as AddressInfo;
  return { origin: `http://127.0.0.1:${port}`, received: () => received };
}
