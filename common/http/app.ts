import { Hono } from 'hono';
import type { Context, MiddlewareHandler } from 'hono';
import { HTTPException } from 'hono/http-exception';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { AppError, messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { createRegistry } from '../process/metrics.ts';
import type { Registry } from '../process/metrics.ts';
import { startIdHeaders } from '../process/start-id.ts';
import { createBearerCheck } from './auth.ts';
import { everyRequest } from './every-request.ts';
import type { HttpEnv } from './http-env.ts';
import { createHttpMetrics } from './http-metrics.ts';
import { HttpProblem } from './problem.ts';
import { checkSite } from './same-site.ts';
import type { ProblemCode } from './problem-types.ts';

export type HttpApp = Hono<HttpEnv>;

/** Longest path with its query; longer ones get 414. Node bounds all headers together: 16 KiB. */
const URL_LENGTH_MAX = 8_192;

/**
 * The base of every HTTP process: request ids, problem details for every error, bearer keys,
 * recovery from handler bugs, and the routes `/ping`, `/health/live`, `/health/ready` and
 * `/metrics`.
 *
 * @param apiKeys accepted bearer keys; empty: open
 * @param name    the process, as `/health/live` shows it
 * @param openPaths paths that hold no data: they need no key, and a link of any site may open them;
 *                  `/x/*` stands for all below /x/, and no other site links to those;
 *                  /ping and /health/ need no key either
 * @param isForBrowsers whether people open it in a browser, which other sites' pages must not use
 * @param registry the figures that `/metrics` shows
 * @param ready   resolves with null when the process can do its work, else with the reason why
 *                not; without it the process is ready as soon as it answers
 */
export function createHttpApp({
  logger,
  apiKeys,
  name,
  openPaths = [],
  isForBrowsers = false,
  registry = createRegistry(name),
  ready = () => Promise.resolve(null),
}: {
  logger: Logger;
  apiKeys: readonly string[];
  name: string;
  openPaths?: readonly string[];
  isForBrowsers?: boolean;
  registry?: Registry;
  ready?: () => Promise<string | null>;
}): HttpApp {
  const app: HttpApp = new Hono<HttpEnv>();
  const metrics = createHttpMetrics(registry);
  const answerError = (error: Error, c: Context<HttpEnv>) => {
    const problem = problemOf(error);
    if (problem.status >= 500) {
      const { method, path } = c.req;
      const at = { requestId: c.get('requestId'), method, path, ...c.get('span')?.fields };
      // Foreseen, as a broker that is away: the same stack at every request would bury the rest.
      if (problem.status > 500) logger.warn({ err: messageOf(error), ...at }, FAILED);
      else logger.error({ err: error, ...at }, FAILED);
    }
    return respond(c, problem);
  };
  app.onError(answerError);
  const refuseMethod = refuseOtherMethods(app);
  app.notFound(async (c: Context<HttpEnv>) => {
    const problem = new HttpProblem(404, `Nothing is at ${c.req.path}`);
    c.res = problem.toResponse(c.get('requestId'));
    await refuseMethod(c, () => Promise.resolve());
    if (c.res.status === 404) metrics.refused(c, problem);
    return c.res;
  });
  const checkKey = createKeyCheck(apiKeys, openPaths);
  const check = (c: Context<HttpEnv>) => {
    if (c.req.url.length > URL_LENGTH_MAX) {
      throw new HttpProblem(414, `The URL is longer than ${URL_LENGTH_MAX} characters`);
    }
    if (isForBrowsers) checkSite(c, { hasKeys: apiKeys.length > 0, openPaths });
    checkKey(c);
  };
  app.use(everyRequest({ metrics, logger, check, answerError }));
  const pingHeaders = startIdHeaders();
  app.get('/ping', (c) => c.json({ message: 'pong' }, 200, pingHeaders));
  app.get('/health/live', (c) => c.json({ status: 'live', name }));
  app.get('/health/ready', async (c) => {
    const reason = await ready();
    if (reason === null) return c.json({ status: 'ready', name });
    // Not thrown: whoever asks every second would fill the log with errors.
    return respond(c, new HttpProblem(503, reason, { code: 'not-ready' }));
  });
  app.get('/metrics', async (c) => {
    return c.body(await registry.metrics(), 200, { 'content-type': registry.contentType });
  });
  return app;
}

const FAILED = 'request.failed';

/** The files of the dashboard: they hold no data, and ask for the key themselves. */
export const PAGE_PATHS = ['/', '/dashboard/*'];

/** Answers 405 instead of 404 where the path has other methods. */
export function refuseOtherMethods(app: HttpApp): MiddlewareHandler<HttpEnv> {
  return methodNotAllowed({
    app,
    onMethodNotAllowed: (c: Context<HttpEnv>, methods) => {
      const allow = methods.join(', ');
      const detail = `${c.req.path} does not take ${c.req.method}; allowed: ${allow}`;
      return respond(c, new HttpProblem(405, detail, { headers: { allow } }));
    },
  });
}

function createKeyCheck(apiKeys: readonly string[], openPaths: readonly string[]) {
  const checkBearer = createBearerCheck(apiKeys);
  const exact = new Set(['/ping', ...openPaths]);
  const folders = openPaths.filter((path) => path.endsWith('/*')).map((path) => path.slice(0, -1));
  folders.push('/health/');
  const isOpen = (path: string) =>
    exact.has(path) || folders.some((folder) => path.startsWith(folder));
  return ({ req }: Context<HttpEnv>) => {
    if (!isOpen(req.path)) checkBearer(req.header('authorization'));
  };
}

/**
 * Returns the problem that describes an error to a client. Texts of unexpected errors stay in the
 * log.
 */
export function problemOf(error: Error): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isBrokenOff(error)) return new HttpProblem(400, 'The body broke off before its end');
  if (error instanceof HTTPException) return new HttpProblem(error.status, error.message);
  if (error instanceof AppError && error.code === 'message_too_large') {
    return new HttpProblem(413, error.message);
  }
  if (error instanceof AppError && error.retryable) {
    const code = error.code.replaceAll('_', '-') as ProblemCode;
    return new HttpProblem(503, error.message, { code, headers: { 'retry-after': '1' } });
  }
  return new HttpProblem(500, 'An unexpected error; the log has it under this request id');
}

/**
 * Returns whether Node reports that a client went away while its body was read. No client reads the
 * answer then.
 */
function isBrokenOff(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNRESET' && error.message === 'aborted';
}

function respond(c: Context<HttpEnv>, problem: HttpProblem): Response {
  c.get('metrics').refused(c, problem);
  return problem.toResponse(c.get('requestId'));
}
