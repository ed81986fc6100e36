import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { Span } from '../tracing/tracing.ts';
import type { HttpMetrics } from './http-metrics.ts';

/** Values that each request carries with it. */
export interface HttpEnv {
  Bindings: HttpBindings;
  Variables: {
    requestId: string;
    metrics: HttpMetrics;
    /** Absent where nothing is traced. */
    span?: Span;
  };
}

export type HttpApp = Hono<HttpEnv>;
