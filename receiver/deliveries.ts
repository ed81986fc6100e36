import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http';
import { HttpProblem, PROBLEM_TYPE } from '../common/http/problem.ts';
import { verify } from '../common/security/signature.ts';
import type { HmacKey } from '../common/security/hmac-key.ts';
import { parseAlert } from './alert.ts';
import { planAnswer } from './mode.ts';
import type { Mode } from './mode.ts';
import { createRateLimiter } from './rate-limiter.ts';
import type { StatsCounter } from './stats.ts';
import type { OutputFile } from './output-file.ts';

/** A request as it came, for a look at it. */
export interface Kept {
  readonly atMs: number;
  readonly path: string;
  /** Status that the request was answered with; null when the request was not answered. */
  readonly status: number | null;
  readonly headers: IncomingHttpHeaders;
  readonly body: Buffer;
}

export interface DeliveriesDeps {
  /** ms since 1970, as signatures and people want it. */
  readonly wallMs: () => number;
  /** ms with fractions that never go back, whatever happens to the clock: for rates. */
  readonly steadyMs: () => number;
  readonly random01: () => number;
  readonly mode: () => Mode;
  readonly stats: () => StatsCounter;
  /** No key: signatures are not looked at. */
  readonly keys: readonly HmacKey[];
  readonly output: OutputFile | null;
  readonly keep: (kept: Kept) => void;
}

interface Delivery {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly body: Buffer;
  /** When the body was whole, on the steady clock. */
  readonly steadyMs: number;
}

const BODY_BYTES_MAX = 4 * 1024 ** 2;

export interface Deliveries {
  handle(request: IncomingMessage, response: ServerResponse, path: string): void;
  /** Forgets what the limiter has counted. */
  resetLimiter(): void;
  /** Ends the requests that hang. */
  close(): void;
}

/** Answers deliveries as the mode says. The hot path: Node's own server, no framework. */
export function createDeliveries(deps: DeliveriesDeps): Deliveries {
  let limiter = createRateLimiter(deps.mode().rps);
  const hanging = new Set<ServerResponse>();
  const keep = ({ request, path, body }: Delivery, status: number | null) =>
    deps.keep({ atMs: deps.wallMs(), path, status, headers: request.headers, body });

  function decide(delivery: Delivery): void {
    deps.stats().received();
    const plan = planAnswer(deps.mode(), deps.random01());
    switch (plan.kind) {
      case 'accept':
        if (plan.delayMs === 0) return accept(delivery, delivery.steadyMs);
        // The answer is sent once the sockets have been read: a client may have gone while this
        // process stood still.
        setTimeout(() => setImmediate(() => acceptLate(delivery)), plan.delayMs).unref();
        return;
      case 'limit':
        return limit(delivery);
      case 'refuse':
        return refuse(delivery, plan.status, plan.retryAfterS);
      case 'hang':
        keep(delivery, null);
        hanging.add(delivery.response);
        delivery.response.once('close', () => hanging.delete(delivery.response));
        return;
      case 'reset':
        keep(delivery, null);
        delivery.request.socket.resetAndDestroy();
    }
  }

  function limit(delivery: Delivery): void {
    const address = delivery.request.socket.remoteAddress ?? '';
    const taken = limiter.take(`${address} ${delivery.path}`, delivery.steadyMs);
    if (taken.kind === 'accepted') accept(delivery, taken.atMs);
    else refuse(delivery, 429, taken.retryAfterS);
  }

  /** A client that has gone while it waited did not get its 2xx, so nothing was accepted. */
  function acceptLate(delivery: Delivery): void {
    if (hasGone(delivery)) keep(delivery, null);
    else accept(delivery, deps.steadyMs());
  }

  /** @param steadyMs when the delivery counts as accepted; its answer is held until then */
  function accept(delivery: Delivery, steadyMs: number): void {
    const { request, response, body } = delivery;
    const id = request.headers['webhook-id'] as string | undefined;
    if (deps.keys.length > 0 && !genuine(deps, delivery)) {
      deps.stats().badSignature();
      return refuse(delivery, 401, null);
    }
    const alert = parseAlert(body);
    deps.stats().accepted({ id, userId: alert?.userId, atMs: deps.wallMs(), steadyMs });
    if (alert !== null) deps.output?.append(alert);
    keep(delivery, 200);
    const holdMs = Math.ceil(steadyMs - deps.steadyMs());
    if (holdMs > 0) setTimeout(() => response.end(), holdMs);
    else response.end();
  }

  function refuse(delivery: Delivery, status: number, retryAfterS: number | null): void {
    deps.stats().refused(status);
    keep(delivery, status);
    sendProblem(delivery.response, status, retryAfterS);
  }

  return {
    handle(request, response, path) {
      readBody(request, (body) => {
        if (body !== null) decide({ request, response, path, body, steadyMs: deps.steadyMs() });
        else sendProblem(response.setHeader('connection', 'close'), 413, null);
      });
    },
    resetLimiter: () => void (limiter = createRateLimiter(deps.mode().rps)),
    close() {
      for (const response of hanging) response.destroy();
    },
  };
}

/** The client has ended the connection: the response is closed only once our side has, too. */
function hasGone({ request: { socket }, response }: Delivery): boolean {
  return response.closed || socket.destroyed || socket.readableEnded;
}

function genuine({ keys, wallMs }: DeliveriesDeps, { request, body }: Delivery): boolean {
  const header = (name: string) => request.headers[name] as string | undefined;
  const id = header('webhook-id');
  const timestamp = header('webhook-timestamp');
  const signature = header('webhook-signature');
  return verify(keys, { id, timestamp, signature, body }, wallMs()) === null;
}

/** Calls back once, with the whole body or, as soon as it is too large, with null. */
function readBody(request: IncomingMessage, done: (body: Buffer | null) => void): void {
  const chunks: Buffer[] = [];
  let bytes = 0;
  request.on('data', (chunk: Buffer) => {
    bytes += chunk.length;
    if (bytes <= BODY_BYTES_MAX) return void chunks.push(chunk);
    if (chunks.length > 0) done(null);
    chunks.length = 0;
  });
  request.on('end', () => {
    if (bytes > BODY_BYTES_MAX) return;
    done(chunks.length === 1 ? (chunks[0] as Buffer) : Buffer.concat(chunks));
  });
}

const problemTexts = new Map<number, string>();

function sendProblem(response: ServerResponse, status: number, retryAfterS: number | null): void {
  let text = problemTexts.get(status);
  if (text === undefined) {
    text = JSON.stringify(new HttpProblem(status, 'The simulated receiver answers so'));
    problemTexts.set(status, text);
  }
  const headers: Record<string, string | number> = {
    'content-type': PROBLEM_TYPE,
    'content-length': text.length,
  };
  if (retryAfterS !== null) headers['retry-after'] = retryAfterS;
  response.writeHead(status, headers).end(text);
}
