import type { Context } from 'hono';
import type { HttpApp } from '../../common/http/app.ts';
import type { HttpEnv } from '../../common/http/http-env.ts';
import { validTraceparent } from '../../common/tracing/traceparent.ts';
import type { Tracing } from '../../common/tracing/tracing.ts';

/** The routes that put deliveries into the log. */
const TRACED = ['/send', '/send/batch', '/events', '/ingest/:subscriptionId'] as const;
const SERVER_ERROR = 500;

/** Adds a span to each request that puts deliveries into the log. */
export function traceRequests(app: HttpApp, tracing: Tracing): void {
  for (const route of TRACED) {
    app.on('POST', route, async (c, next) => {
      const span = tracing.start('server', `POST ${route}`, c.req.header('traceparent'), {
        'http.request.method': 'POST',
        'http.route': route,
        'url.path': c.req.path,
      });
      c.set('span', span);
      await next();
      const { status } = c.res;
      // A refused request is no fault of the server's.
      const error = status >= SERVER_ERROR ? String(status) : undefined;
      span.end({ 'http.response.status_code': status }, error);
    });
  }
}

/** Returns the `traceparent` of the deliveries that a request makes; null: they have none. */
export function traceparentOf(c: Context<HttpEnv>): string | null {
  const span = c.get('span');
  return span ? span.traceparent : validTraceparent(c.req.header('traceparent'));
}
