import { randomUUID } from 'node:crypto';
import type { Context, MiddlewareHandler } from 'hono';
import { messageOf } from '../base/errors.ts';
import type { Logger } from '../base/logger.ts';
import type { HttpEnv } from './http-env.ts';
import type { HttpMetrics } from './http-metrics.ts';

interface Options {
  readonly metrics: HttpMetrics;
  readonly logger: Logger;
  /** Whether the request may be answered. @throws HttpProblem */
  readonly check: (c: Context<HttpEnv>) => void;
  readonly answerError: (error: Error, c: Context<HttpEnv>) => Response;
}

export const REQUEST_ID = 'x-request-id';
/** Ids of clients that may go into logs and headers. */
const SANE_ID = /^[\w\-=]{1,128}$/;

/**
 * Creates the middleware that gives every request its id, checks, counts and times it, and logs it
 * at level debug. One middleware does all of this, as each costs every request some 0.7 µs and 1
 * KB.
 */
export function requestMiddleware(options: Options): MiddlewareHandler<HttpEnv> {
  const { metrics, logger, check, answerError } = options;
  return async (c, next) => {
    const startedAtMs = performance.now();
    const given = c.req.header(REQUEST_ID);
    const requestId = given !== undefined && SANE_ID.test(given) ? given : randomUUID();
    c.set('requestId', requestId);
    c.set('metrics', metrics);
    // On Node's own answer: no handler's Response can lack it, and none becomes slower by it.
    c.env.outgoing.setHeader(REQUEST_ID, requestId);
    try {
      check(c);
      await next();
    } catch (error) {
      // Hono lets through whatever is thrown and is no Error.
      const cause = error instanceof Error ? error : new Error(messageOf(error), { cause: error });
      c.res = answerError(cause, c);
    }
    const durationMs = performance.now() - startedAtMs;
    metrics.answered(c, durationMs / 1_000);
    if (!logger.isLevelEnabled('debug')) return;
    const { method, path } = c.req;
    const answered = { requestId, method, path, status: c.res.status, durationMs };
    logger.debug({ ...answered, ...c.get('span')?.fields }, 'request.answered');
  };
}
