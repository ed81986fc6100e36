import { proxy } from 'hono/proxy';
import { mergedDocument } from '../../common/api/document.ts';
import type { OpenApiDocument } from '../../common/api/document.ts';
import type { HttpApp } from '../../common/http/app.ts';
import { HttpProblem, REQUEST_ID } from '../../common/http/problem.ts';

const ASKED_TIMEOUT_MS = 5_000;
/** Methods that `fetch` refuses, and that no route takes: what one takes is all that is asked. */
const UNSENDABLE: ReadonlySet<string> = new Set(['TRACE', 'TRACK']);

/** Sends what is not ours to the console: one port for people. Comes after all other routes. */
export function forwardRest(app: HttpApp, consoleUrl: string): void {
  app.all('*', async (c) => {
    const { pathname, search } = new URL(c.req.url);
    // Set and not resolved: a path such as //host/ would lead to another host.
    const target = new URL(consoleUrl);
    target.pathname = pathname;
    target.search = search;
    const { method, raw } = c.req;
    // One request has one id, in the logs of both.
    const headers = { ...c.req.header(), [REQUEST_ID]: c.var.requestId };
    if (!UNSENDABLE.has(method)) return proxy(target, { raw, headers }).catch(consoleAway);
    const { authorization = '' } = c.req.header();
    const init = { method: 'OPTIONS', headers: { authorization } };
    const allow = (await fetch(target, init).catch(consoleAway)).headers.get('allow');
    if (allow === null) return c.notFound();
    const detail = `${c.req.path} does not take ${method}; allowed: ${allow}`;
    throw new HttpProblem(405, detail, { headers: { allow } });
  });
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

function consoleAway(): never {
  throw new HttpProblem(503, 'The console does not answer; it is being started again');
}
