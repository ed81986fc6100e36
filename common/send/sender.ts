import { invariant } from '../base/errors.ts';
import type { TargetGuard } from '../security/target-guard.ts';
import { Connection } from './connection.ts';
import { Connections, PoolsByOrigin } from './connections.ts';
import { EXCERPT_BYTES_MAX } from './excerpt.ts';
import { InFlightRequest } from './in-flight-request.ts';
import { EndingRequests, OpenRequests } from './open-requests.ts';
import { SocketOpener } from './open-socket.ts';
import { targetOf } from './target.ts';
import type { SecureContext } from 'node:tls';
import type { ProxySettings } from './proxy.ts';
import type { SendRequest, SendResult } from './send-request.ts';

/** A request without an answer yet. */
export interface UnderWay {
  readonly request: SendRequest;
  /** How long ago it began. */
  readonly forMs: number;
}

export interface Sender {
  /** Sends a request. Never rejects: each failure is an outcome. */
  send(request: SendRequest): Promise<SendResult>;
  close(): Promise<void>;
}

/** A sender whose requests can be looked at while they are under way. */
export interface WatchedSender extends Sender {
  /** Requests that have been under way for so long at least, in no order. */
  underWay(forMsMin: number): readonly UnderWay[];
}

const SWEEP_INTERVAL_MS = 100;
/** How much longer than a request connections are kept for the next one. */
const UNUSED_EXTRA_MS = 60_000;
const CONNECTION_MAX_AGE_MS = 60_000;

export interface SenderOptions {
  /** Time for one request from its start to the end of its answer, in ms. */
  readonly timeoutMs: number;
  /** Checks the addresses of a target that came by the API; null: any address may be reached. */
  readonly guard: TargetGuard | null;
  /** The way to https targets; null or absent: directly. */
  readonly proxy?: ProxySettings | null;
  /** Trusted authorities and our own certificate; absent: as Node has them, and none. */
  readonly secureContext?: () => SecureContext;
  /** How long a connection may be used, ms. */
  readonly connectionMaxAgeMs?: number;
  /** Whether 2xx answers have an excerpt too: an attempt log without them is much smaller. */
  readonly keepsExcerpt?: boolean;
  /** How much of a body an excerpt has at most; absent: as much as people read. */
  readonly excerptBytesMax?: number;
}

/**
 * Sends to any origin over kept-alive connections, as many as there are requests under way; one
 * request at a time on each, in HTTP/2 too. Redirects are not followed: the signature was made for
 * this target.
 */
export function createSender(options: SenderOptions): WatchedSender {
  const { timeoutMs, keepsExcerpt = false, excerptBytesMax = EXCERPT_BYTES_MAX } = options;
  const { connectionMaxAgeMs: maxAgeMs = CONNECTION_MAX_AGE_MS } = options;
  const reading = { excerptBytesMax, keepsAccepted: keepsExcerpt };
  const origins = new PoolsByOrigin({
    unusedMsMin: timeoutMs + UNUSED_EXTRA_MS,
    make: (origin) => {
      // One connector serves all connections to an origin, because it keeps the TLS session.
      const opener = new SocketOpener(targetOf(origin), options);
      return new Connections((onClosed) => new Connection({ opener, maxAgeMs, reading, onClosed }));
    },
  });
  const open = new OpenRequests<InFlightRequest>();
  const ending = new EndingRequests();
  let isClosed = false;
  const giveUpLate = (nowMs: number) => {
    for (const inFlight of open.all()) {
      const ownMs = Math.min(timeoutMs, inFlight.request.timeoutMs ?? timeoutMs);
      if (nowMs - inFlight.startedAtMs >= ownMs) inFlight.timeOut();
    }
  };
  // The sweep runs once the sockets have been read, because answers may have come while this
  // process stood still. Requests that become late by then are left to the next sweep.
  const sweep = setInterval(
    () => setImmediate(giveUpLate, performance.now()),
    SWEEP_INTERVAL_MS,
  ).unref();

  return {
    send(request) {
      invariant(!isClosed, 'a request after the sender was closed');
      return new Promise((resolve) => {
        const connections = origins.to(request.origin);
        new InFlightRequest({
          open,
          ending,
          connections,
          request,
          keepsExcerpt,
          excerptBytesMax,
          resolve,
        }).dispatch();
      });
    },
    underWay(forMsMin) {
      const nowMs = performance.now();
      return open.all().flatMap(({ request, startedAtMs }) => {
        const forMs = nowMs - startedAtMs;
        return forMs >= forMsMin ? { request, forMs } : [];
      });
    },
    close() {
      isClosed = true;
      clearInterval(sweep);
      origins.close();
      return Promise.resolve();
    },
  };
}
