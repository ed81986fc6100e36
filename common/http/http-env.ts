import type { HttpBindings } from '@hono/node-server';
import type { Hono } from 'hono';
import type { HttpMetrics } from './http-metrics.ts';

/** Values that each request carries with it. */
export interface HttpEnv {
  Bindings: HttpBindings;
  Variables: { requestId: string; metrics: HttpMetrics };
}

export type HttpApp = Hono<HttpEnv>;
