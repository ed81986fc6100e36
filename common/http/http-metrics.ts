import type { Context } from 'hono';
import { matchedRoutes } from 'hono/route';
import { Counter, Histogram } from 'prom-client';
import { DURATION_BUCKETS } from '../process/metrics.ts';
import type { Registry } from '../process/metrics.ts';
import type { HttpProblem } from './problem.ts';

export interface HttpMetrics {
  /** @param seconds from the request's headers to the answer's */
  answered(c: Context, seconds: number): void;
  /** Counts a request, or one of many in a request, that was refused. */
  refused(c: Context, problem: HttpProblem): void;
}

/**
 * Creates the metrics that every HTTP API has. The label of a route is its pattern, so that ids
 * make no new series.
 */
export function createHttpMetrics(registry: Registry): HttpMetrics {
  const requests = new Counter({
    name: 'hookline_http_requests_total',
    help: 'Requests answered',
    labelNames: ['method', 'route', 'status'],
    registers: [registry],
  });
  const durations = new Histogram({
    name: 'hookline_http_request_duration_seconds',
    help: 'Time from the request to its answer',
    labelNames: ['method', 'route'],
    buckets: DURATION_BUCKETS,
    registers: [registry],
  });
  const refusals = new Counter({
    name: 'hookline_http_refused_total',
    help: 'Requests, and lines of batches, that were refused; the reason is the last part of `type`',
    labelNames: ['route', 'reason'],
    registers: [registry],
  });
  return {
    answered(c, seconds) {
      const { method } = c.req;
      const route = routeOf(c);
      requests.inc({ method, route, status: c.res.status });
      durations.observe({ method, route }, seconds);
    },
    refused: (c, { code: reason }) => refusals.inc({ route: routeOf(c), reason }),
  };
}

/** `other`: unknown, or another process's. */
function routeOf(c: Context): string {
  return matchedRoutes(c).findLast(({ method }) => method !== 'ALL')?.path ?? 'other';
}
