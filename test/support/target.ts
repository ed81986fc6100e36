import { createServer } from 'node:http';
import type { IncomingHttpHeaders, ServerResponse } from 'node:http';
import type { TestContext } from 'node:test';
import { listening } from './listening.ts';

/** A request as it came. */
export interface Received {
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
  /** The body before any decoding. */
  readonly bytes: Buffer;
  readonly atMs: number;
}

/**
 * A server on every loopback address, which says at which of them it was reached. It closes each
 * connection after its answer, so that the next request has to connect, unless it keeps them.
 */
export async function aTargetOnEveryAddress(t: TestContext, { keepsAlive = false } = {}) {
  const reached: string[] = [];
  const server = createServer((request, response) => {
    reached.push(request.socket.localAddress ?? '');
    request.resume();
    if (!keepsAlive) response.setHeader('connection', 'close');
    response.end();
  });
  const port = await listening(t, server, '0.0.0.0');
  return { reached, port };
}

/** A server that keeps every request; `answer` says what becomes of it, by default 200. */
export async function aTarget(
  t: TestContext,
  answer: (request: Received, response: ServerResponse) => void = (_, response) => response.end(),
) {
  const received: Received[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const { url: path = '', headers } = request;
      const bytes = Buffer.concat(chunks);
      const one = { path, headers, body: String(bytes), bytes, atMs: Date.now() };
      received.push(one);
      answer(one, response);
    });
  });
  const port = await listening(t, server);
  return { received, port, url: `http://127.0.0.1:${port}` };
}
