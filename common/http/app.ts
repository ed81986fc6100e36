import { Hono } from 'hono';
import type { Context, MiddlewareHandler } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import { createRegistry } from '../process/metrics.ts';
import type { Registry } from '../process/metrics.ts';
import { createBearerCheck } from './auth.ts';
import { baseRoutes } from './base-routes.ts';
import { requestMiddleware } from './request-middleware.ts';
import type { HttpApp, HttpEnv } from './http-env.ts';
import { createHttpMetrics } from './http-metrics.ts';
import { problemOf } from './problem-of.ts';
import { HttpProblem } from './problem.ts';
import { addRoutes } from './route.ts';
import { refuseCrossSite } from './csrf.ts';

export type { HttpApp } from './http-env.ts';

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
    if (problem.status >= 500 && problem.isLogged) {
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
    if (isForBrowsers) refuseCrossSite(c, { hasKeys: apiKeys.length > 0, openPaths });
    checkKey(c);
  };
  app.use(requestMiddleware({ metrics, logger, check, answerError }));
  addRoutes(app, baseRoutes, { name, registry, ready });
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

function respond(c: Context<HttpEnv>, problem: HttpProblem): Response {
  c.get('metrics').refused(c, problem);
  return problem.toResponse(c.get('requestId'));
}
