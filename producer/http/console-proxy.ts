import { proxy } from 'hono/proxy';
import { mergedDocument } from '../../common/http/docs/document.ts';
import type { OpenApiDocument } from '../../common/http/docs/document.ts';
import { refuseOtherMethods } from '../../common/http/app.ts';
import type { HttpApp } from '../../common/http/app.ts';
import { limitBody } from '../../common/http/body.ts';
import { REQUEST_ID } from '../../common/http/request-middleware.ts';
import { HttpProblem } from '../../common/http/problem.ts';

const ASKED_TIMEOUT_MS = 5_000;
/** The most that any route of the console takes. */
const BODY_BYTES_MAX = 1024 ** 2;
/** Headers that belong to one connection, and headers that `fetch` sets or refuses itself. */
const HOP_BY_HOP = [
  ...['connection', 'keep-alive', 'te', 'trailer', 'transfer-encoding', 'upgrade'],
  ...['proxy-authorization', 'content-length', 'expect', 'host'],
];
/** Methods that `fetch` refuses, and that no route takes: what one takes is all that is asked. */
const UNSENDABLE: ReadonlySet<string> = new Set(['TRACE', 'TRACK']);

/**
 * Sends what is not ours to the console: one port for people. Comes after all other routes.
 *
 * @param closing ends the streams of the console that are open
 */
export function forwardToConsole(
  app: HttpApp,
  consoleUrl: string,
  closing: AbortSignal = new AbortController().signal,
): void {
  app.all('*', refuseOtherMethods(app), limitBody(BODY_BYTES_MAX), async (c) => {
    const { pathname, search } = new URL(c.req.url);
    // Set and not resolved: a path such as //host/ would lead to another host.
    const target = new URL(consoleUrl);
    target.pathname = pathname;
    target.search = search;
    const { method } = c.req;
    const headers = new Headers(c.req.raw.headers);
    for (const name of HOP_BY_HOP) headers.delete(name);
    // One request has one id, in the logs of both.
    headers.set(REQUEST_ID, c.get('requestId'));
    if (!UNSENDABLE.has(method)) {
      // Whole: a console that refuses a body before its end would close the connection under the
      // next request.
      const bytes = await c.req.arrayBuffer();
      const body = bytes.byteLength > 0 ? bytes : null;
      const { signal } = c.req.raw;
      const away = () => (signal.aborted ? clientAway() : consoleAway());
      const answer = proxy(target, { method, headers, body, signal }).catch(away);
      return endedBy(await answer, closing);
    }
    const answer = await fetch(target, { method: 'OPTIONS', headers }).catch(consoleAway);
    const allow = answer.headers.get('allow');
    if (allow === null) return c.notFound();
    const detail = `${c.req.path} does not take ${method}; allowed: ${allow}`;
    throw new HttpProblem(405, detail, { headers: { allow } });
  });
}

/** Ends a stream of events when we close: by itself it would go on for as long as the console. */
function endedBy(answer: Response, closing: AbortSignal): Response {
  const isStream = answer.headers.get('content-type')?.startsWith('text/event-stream');
  if (!isStream || !answer.body) return answer;
  let stop = () => {};
  const forget = () => closing.removeEventListener('abort', stop);
  const end = new TransformStream<Uint8Array, Uint8Array>({
    start(controller) {
      stop = () => controller.terminate();
      closing.addEventListener('abort', stop);
      if (closing.aborted) stop();
    },
    flush: forget,
    cancel: forget,
  });
  return new Response(answer.body.pipeThrough(end), answer);
}

/**
 * The description of everything behind our port.
 *
 * @throws HttpProblem 503
 */
export async function completeDocument(
  own: OpenApiDocument,
  consoleUrl: string,
): Promise<OpenApiDocument> {
  const answer = await ask(consoleUrl, '/openapi.json').catch(consoleAway);
  if (!answer.ok) return consoleAway();
  return mergedDocument(own, (await answer.json()) as OpenApiDocument);
}

/** Why the rest of the system, as the console sees it, is not ready; null when it is. */
export async function whyRestNotReady(consoleUrl: string): Promise<string | null> {
  try {
    const answer = await ask(consoleUrl, '/health/ready');
    const { detail } = (await answer.json()) as { detail?: string };
    return answer.ok ? null : (detail ?? `the console answers ${answer.status}`);
  } catch {
    return 'the console does not answer';
  }
}

function ask(consoleUrl: string, path: string): Promise<Response> {
  return fetch(new URL(path, consoleUrl), { signal: AbortSignal.timeout(ASKED_TIMEOUT_MS) });
}

/** Nobody reads this; it keeps what is no fault of the console out of the log of errors. */
function clientAway(): never {
  throw new HttpProblem(400, 'The client went away before the answer');
}

function consoleAway(): never {
  throw new HttpProblem(503, 'The console does not answer; it is being started again');
}
