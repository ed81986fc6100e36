import { once } from 'node:events';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { getRequestListener } from '@hono/node-server';
import { AppError } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { HttpApp } from './app.ts';
import { HttpProblem, PROBLEM_TYPE } from './problem.ts';
import { localUrl } from '../base/url.ts';

export interface HttpServer {
  readonly port: number;
  readonly url: string;
  /**
   * Stops accepting, ends idle connections, waits for running requests, and after `graceMs` cuts
   * what is left. A second call waits for the same end.
   */
  close(graceMs?: number): Promise<void>;
}

export interface Address {
  readonly host: string;
  /** 0 takes any free port. */
  readonly port: number;
  /** The setting that a message about a bad port names. */
  readonly setting?: string;
  /** Time for a request to arrive, its body included, in ms; a later one gets a 408. */
  readonly requestTimeoutMs?: number;
  readonly logger: Logger;
}

/** An upload of some gigabytes over a slow line takes more than Node's five minutes. */
const REQUEST_TIMEOUT_MS = 3_600_000;
/**
 * How long a connection without a request is kept; Node adds a second, and says so to clients by
 * `Keep-Alive: timeout=70`. Most balancers keep theirs for 60 s: the side that sends requests has
 * to be the first to give up, or a request meets a connection that is being closed.
 */
const KEEP_ALIVE_MS = 70_000;
/**
 * For the head of a request, counted from its first byte. Node ends a connection that was opened in
 * advance and not used yet after the same time, so it may not be shorter than the other.
 */
const HEADERS_TIMEOUT_MS = 75_000;
/** How often connections are looked through for requests that are late. */
const LATE_CHECK_MS_MAX = 30_000;
const GRACE_MS = 10_000;
const IDLE_CHECK_MS = 50;

/**
 * Serves an app on its own port.
 *
 * @throws AppError `port_unavailable`, naming the setting
 */
export function serveHttp({ app, ...address }: Address & { app: HttpApp }): Promise<HttpServer> {
  return serveListener({ ...address, listener: requestListener(app) });
}

/** The app as a plain Node listener, for a server that answers some requests without it. */
export function requestListener(app: HttpApp): RequestListener {
  const listener = getRequestListener(app.fetch, {
    errorHandler: () =>
      new HttpProblem(400, 'The request line or the Host header is invalid').toResponse(),
  });
  return (request, response) => void listener(request, response);
}

/** Serves a plain Node listener; otherwise as `serveHttp`. */
export async function serveListener({
  listener,
  host,
  port,
  setting = 'PORT',
  requestTimeoutMs: requestTimeout = REQUEST_TIMEOUT_MS,
  logger,
}: Address & { listener: RequestListener }): Promise<HttpServer> {
  const connectionsCheckingInterval = Math.min(requestTimeout, LATE_CHECK_MS_MAX);
  const headersTimeout = Math.min(requestTimeout, HEADERS_TIMEOUT_MS);
  const times = { requestTimeout, headersTimeout, keepAliveTimeout: KEEP_ALIVE_MS };
  const server = createServer({ ...times, connectionsCheckingInterval }, listener);
  server.on('clientError', refuseUnparsed);
  const unused = trackUnused(server);
  server.listen({ host, port });
  try {
    await once(server, 'listening');
  } catch (error) {
    throw portUnavailable(error as NodeJS.ErrnoException, { host, port, setting });
  }
  const bound = (server.address() as AddressInfo).port;
  let closed: Promise<void> | undefined;
  return {
    port: bound,
    url: localUrl(host, bound),
    close: (graceMs = GRACE_MS) => (closed ??= closeServer({ server, unused, graceMs, logger })),
  };
}

/** Connections that have not sent a request yet: Node does not count them as idle. */
function trackUnused(server: Server): ReadonlySet<Socket> {
  const unused = new Set<Socket>();
  server.on('connection', (socket) => {
    unused.add(socket);
    socket.once('close', () => unused.delete(socket));
  });
  server.on('request', ({ socket }) => void unused.delete(socket));
  return unused;
}

interface Closing {
  readonly server: Server;
  readonly unused: ReadonlySet<Socket>;
  readonly graceMs: number;
  readonly logger: Logger;
}

async function closeServer({ server, unused, graceMs, logger }: Closing): Promise<void> {
  const closed = once(server, 'close');
  server.close();
  for (const socket of unused) socket.destroy();
  // Node ends idle connections only once: those that become idle later are ours to end.
  const idle = setInterval(() => server.closeIdleConnections(), IDLE_CHECK_MS);
  const grace = setTimeout(() => {
    logger.warn({ graceMs }, 'server.requests-cut');
    server.closeAllConnections();
  }, graceMs);
  await closed;
  clearInterval(idle);
  clearTimeout(grace);
}

/** Node gave up on the request before any handler saw it: too large, too slow, or not HTTP. */
function refuseUnparsed(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET') return void socket.destroy();
  const problem = unparsedProblem(error.code);
  const body = JSON.stringify(problem);
  socket.end(
    `HTTP/1.1 ${problem.status} ${problem.toJSON().title}\r\n` +
      `content-type: ${PROBLEM_TYPE}\r\ncontent-length: ${Buffer.byteLength(body)}\r\n` +
      `connection: close\r\n\r\n${body}`,
  );
}

function unparsedProblem(code: string | undefined): HttpProblem {
  if (code === 'HPE_HEADER_OVERFLOW')
    return new HttpProblem(431, 'The headers are larger than 16 KiB');
  if (code === 'ERR_HTTP_REQUEST_TIMEOUT') return new HttpProblem(408, 'The request took too long');
  return new HttpProblem(400, 'The request is not HTTP/1.1');
}

function portUnavailable(
  error: NodeJS.ErrnoException,
  { host, port, setting }: { host: string; port: number; setting: string },
): AppError {
  const reasons: Record<string, string> = {
    EADDRINUSE: `another process listens on ${host}:${port}; allowed: a free port`,
    EACCES: `this user may not listen on it; allowed: a port from 1024 up`,
    EADDRNOTAVAIL: `HOST=${host} is no address of this machine`,
    ENOTFOUND: `HOST=${host} is no address of this machine`,
  };
  const reason = reasons[error.code ?? ''] ?? error.message;
  return new AppError('port_unavailable', `${setting}=${port}: ${reason}`, { cause: error });
}
