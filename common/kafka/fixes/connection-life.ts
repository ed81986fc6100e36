import type { EventEmitter } from 'node:events';
import { internalModule, wrapMethod } from '../internals.ts';

/** kafkajs' connection, with what it keeps of its socket. */
export interface Connection {
  readonly host: string;
  readonly port: number;
  socket?: EventEmitter & { destroy(): void; end(): void; unref(): void };
  readonly authHandlers: { onError(): void } | null;
  readonly requestQueue: {
    /** Keyed by correlation id, which grows. */
    readonly inflight: ReadonlyMap<number, unknown>;
    destroy(): void;
    waitForPendingRequests(): Promise<void>;
  };
  connectionStatus: string;
  authenticatedAt: unknown;
  chunks: Buffer[];
  bytesBuffered: number;
  bytesNeeded: number;
  isConnected(): boolean;
  rejectRequests(error: Error): void;
}

type Open = (this: Connection) => Promise<unknown>;
type Send = (this: Connection, protocol: object) => Promise<unknown>;

interface Errors {
  readonly KafkaJSConnectionClosedError: new (
    message: string,
    broker: { readonly host: string; readonly port: number },
  ) => Error;
}

/** Size of the length field before each answer, in bytes. */
const LENGTH_BYTES = 4;

/**
 * kafkajs 2.2.4 keeps one set of requests, bytes and timers for whatever sockets a connection has
 * had, and does not tell them apart: two requests that find it closed open two sockets; the end of
 * an earlier socket closes the later one; and what is asked right behind the last answer of one
 * that is being closed is waited for without end. Here a connection has one socket at a time, and
 * what was sent over it has an answer or an error by the time it is closed.
 *
 * It also goes on with a socket over which nothing comes any more, as when a firewall has forgotten
 * it: each request waits for its timeout, until TCP gives up a quarter of an hour later. Here the
 * first such timeout ends the socket, and the next request opens another one.
 */
export function fixConnectionLife(): void {
  const opening = new WeakMap<Connection, Promise<unknown>>();
  wrapMethod<Open>('network/connection', 'connect', (connect) => {
    return function () {
      if (this.isConnected()) return Promise.resolve(true);
      const underWay = opening.get(this);
      if (underWay) return underWay;
      if (this.socket) cutOff(this, closedError(this));
      const opened = connect.call(this);
      const { socket } = this;
      const end = (error: Error) => {
        if (this.socket === socket) cutOff(this, error);
      };
      socket?.once('close', () => end(closedError(this)));
      opening.set(this, opened);
      opened.then(
        () => opening.delete(this),
        (error: Error) => {
          opening.delete(this);
          // A connection attempt that was given up must not succeed later.
          end(error);
        },
      );
      return opened;
    };
  });
  wrapMethod<Open>('network/connection', 'disconnect', () => disconnect);
  wrapMethod<Send>('network/connection', 'send', (send) => {
    return async function (protocol) {
      const { socket } = this;
      try {
        return await send.call(this, protocol);
      } catch (error) {
        if (this.socket === socket && isDead(this, error)) cutOff(this, error as Error);
        throw error;
      }
    };
  });
}

/**
 * Whether a connection has been silent for too long. A broker answers the requests of one
 * connection in their order, so one behind a long wait, such as that of a join, says nothing.
 */
function isDead({ requestQueue }: Connection, error: unknown): boolean {
  if (!(error instanceof Error) || error.name !== 'KafkaJSRequestTimeoutError') return false;
  const { correlationId } = error as Error & { readonly correlationId: number };
  return [...requestQueue.inflight.keys()].every((other) => other > correlationId);
}

/** Waits for the answers under way, which the closing of the socket ends at the latest. */
async function disconnect(this: Connection): Promise<boolean> {
  const { socket } = this;
  this.authenticatedAt = null;
  this.connectionStatus = 'disconnecting';
  await this.requestQueue.waitForPendingRequests();
  // Cut off meanwhile, and perhaps opened again.
  if (this.socket !== socket || this.connectionStatus !== 'disconnecting') return true;
  // Asked since the last answer.
  this.rejectRequests(closedError(this));
  this.requestQueue.destroy();
  socket?.end();
  socket?.unref();
  this.connectionStatus = 'disconnected';
  return true;
}

/**
 * Ends a connection at once, so that it can be opened again. kafkajs' own `disconnect` only
 * half-closes the socket: what that still brings would be put among the bytes of the next one, and
 * its end would close the next one.
 */
export function cutOff(connection: Connection, error: Error): void {
  const { socket } = connection;
  connection.authHandlers?.onError();
  connection.rejectRequests(error);
  connection.requestQueue.destroy();
  for (const event of ['data', 'end', 'error', 'timeout']) socket?.removeAllListeners(event);
  // An error without a listener would end the process.
  socket?.on('error', () => {});
  socket?.destroy();
  const fresh = { chunks: [], bytesBuffered: 0, bytesNeeded: LENGTH_BYTES, authenticatedAt: null };
  Object.assign(connection, fresh, { connectionStatus: 'disconnected' });
}

function closedError({ host, port }: Connection): Error {
  const { KafkaJSConnectionClosedError } = internalModule<Errors>('errors');
  return new KafkaJSConnectionClosedError('Closed connection', { host, port });
}
