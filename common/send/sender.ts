import { Client, buildConnector } from 'undici';
import type { Dispatcher } from 'undici';
import { invariant, messageOf } from '../errors.ts';
import type { TargetGuard } from '../target-guard.ts';
import type { Outcome } from './outcome.ts';
import { networkFailure } from './decide/network-failure.ts';
import { parseRetryAfter } from './decide/retry-after.ts';
import { guardedConnector } from './guarded-connector.ts';
import { Connections, Origins } from './connections.ts';

/** One POST to make. */
export interface SendRequest {
  /** Scheme, host and port. */
  readonly origin: string;
  readonly path: string;
  /** Names and values in turn. */
  readonly headers: string[];
  readonly body: Buffer;
}

export interface SendResult {
  readonly outcome: Outcome;
  readonly latencyMs: number;
  /** When it ended, ms since 1970. */
  readonly endedAtMs: number;
  /** The beginning of the answer's body, or what the network said. */
  readonly excerpt: string;
}

export interface Sender {
  /** Never rejects: what goes wrong is an outcome. */
  send(request: SendRequest): Promise<SendResult>;
  close(): Promise<void>;
}

const EXCERPT_BYTES_MAX = 1_024;
/** A longer answer is cut off: its connection is closed instead of being read to the end. */
const BODY_BYTES_MAX = 64 * 1_024;
const SWEEP_INTERVAL_MS = 100;
/** How much longer than a request connections are kept for the next one. */
const UNUSED_EXTRA_MS = 60_000;

/**
 * Sends to any origin over kept-alive connections, as many as there are requests under way; one
 * request at a time on each, in HTTP/2 too. Redirects are not followed: the signature was made for
 * this target.
 *
 * @param timeoutMs   for one request from its start to the end of its answer
 * @param guard       of a target that came by the API; null: any address may be reached
 */
export function createSender(timeoutMs: number, guard: TargetGuard | null): Sender {
  const origins = new Origins({
    unusedMsMin: timeoutMs + UNUSED_EXTRA_MS,
    make: (origin) => {
      // One for all connections to an origin: it keeps the TLS sessions.
      const connect = guard
        ? guardedConnector(guard, timeoutMs)
        : buildConnector({ timeout: timeoutMs });
      // One sweep over the open requests is cheaper than two timers for each of them.
      const options = { connect, pipelining: 1, headersTimeout: 0, bodyTimeout: 0 };
      return new Connections(() => new Client(origin, options));
    },
  });
  const open = new OpenExchanges();
  const ending = new EndingExchanges();
  let isClosed = false;
  const giveUpLate = (nowMs: number) => {
    for (const exchange of open.all()) {
      if (nowMs - exchange.startedAtMs >= timeoutMs) exchange.timeOut();
    }
  };
  // Once the sockets have been read: while this process stood still, answers may have come. Those
  // that become late by then are for the next sweep.
  const sweep = setInterval(
    () => setImmediate(giveUpLate, performance.now()),
    SWEEP_INTERVAL_MS,
  ).unref();

  return {
    send({ origin, path, headers, body }) {
      invariant(!isClosed, 'a request after the sender was closed');
      return new Promise((resolve) => {
        const exchange = new Exchange({ open, ending, connections: origins.to(origin), resolve });
        exchange.client.dispatch({ path, method: 'POST', headers, body }, exchange);
      });
    },
    async close() {
      isClosed = true;
      clearInterval(sweep);
      await origins.close();
    },
  };
}

/**
 * The requests under way. No Set: a table that V8 has outgrown leads to the next one, so that dead
 * ones, once they are old, keep all that come after and what each request of theirs holds.
 */
class OpenExchanges {
  private readonly exchanges: Exchange[] = [];

  /** Those of now, whatever leaves meanwhile. */
  all(): readonly Exchange[] {
    return [...this.exchanges];
  }

  /** @returns its place */
  add(exchange: Exchange): number {
    return this.exchanges.push(exchange) - 1;
  }

  /** The last one takes its place. */
  delete({ place }: Exchange): void {
    const last = this.exchanges.pop();
    if (!last || last.place === place) return;
    this.exchanges[place] = last;
    last.place = place;
  }
}

/**
 * Answered requests, until the sockets have been read once more: a receiver may close its
 * connection right behind the answer, and the next request must not be written to that one.
 */
class EndingExchanges {
  private exchanges: Exchange[] = [];

  add(exchange: Exchange): void {
    if (this.exchanges.push(exchange) === 1) setImmediate(() => this.end());
  }

  private end(): void {
    const all = this.exchanges;
    this.exchanges = [];
    for (const exchange of all) exchange.end();
  }
}

interface Parts {
  readonly open: OpenExchanges;
  readonly ending: EndingExchanges;
  readonly connections: Connections;
  readonly resolve: (result: SendResult) => void;
}

/** One request and its answer, as undici tells of them. */
class Exchange implements Dispatcher.DispatchHandler {
  /** Among those that are open. */
  place: number;
  readonly startedAtMs = performance.now();
  readonly client: Client;
  private readonly parts: Parts;
  private answered: Outcome | null = null;
  private result: SendResult | null = null;
  private excerpt: Buffer[] | null = null;
  private bodyBytes = 0;

  constructor(parts: Parts) {
    this.parts = parts;
    this.client = parts.connections.take();
    this.place = parts.open.add(this);
  }

  /** undici asks for it. */
  onRequestStart(): void {}

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    headers: Record<string, string | string[] | undefined>,
  ): void {
    // Not the answer yet.
    if (status < 200) return;
    if (status < 300) {
      this.answered = { kind: 'accepted', status };
      return;
    }
    const header = headers['retry-after'];
    const retryAfter = Array.isArray(header) ? header[0] : header;
    const retryAfterMs = parseRetryAfter(retryAfter, Date.now());
    this.answered = { kind: 'refused', status, retryAfterMs };
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Buffer): void {
    const room = EXCERPT_BYTES_MAX - this.bodyBytes;
    this.bodyBytes += chunk.length;
    if (room > 0 && this.answered?.kind === 'refused')
      (this.excerpt ??= []).push(chunk.subarray(0, room));
    if (this.bodyBytes > BODY_BYTES_MAX) controller.abort(new Error('the answer is too long'));
  }

  onResponseEnd(): void {
    if (this.answered && this.settle(this.answered, this.text)) this.parts.ending.add(this);
  }

  /** Its connection is free, and its place among the requests under way. */
  end(): void {
    this.parts.connections.giveBack(this.client);
    if (this.result) this.parts.resolve(this.result);
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    // With the status there, the receiver has decided, whatever became of the body.
    if (this.answered) this.fail(this.answered, this.text);
    else this.fail({ kind: 'unreachable', error: networkFailure(error) }, messageOf(error));
  }

  /** It is given up, whether it was sent or still waited for its connection. */
  timeOut(): void {
    this.fail(this.answered ?? { kind: 'unreachable', error: 'timeout' }, 'no answer in time');
  }

  private fail(outcome: Outcome, excerpt: string): void {
    if (!this.settle(outcome, excerpt)) return;
    this.parts.connections.discard(this.client);
    if (this.result) this.parts.resolve(this.result);
  }

  private get text(): string {
    return this.excerpt === null ? '' : Buffer.concat(this.excerpt).toString();
  }

  /** @returns false when it had been settled before */
  private settle(outcome: Outcome, excerpt: string): boolean {
    if (this.result) return false;
    this.parts.open.delete(this);
    const latencyMs = performance.now() - this.startedAtMs;
    this.result = { outcome, latencyMs, endedAtMs: Date.now(), excerpt };
    return true;
  }
}
