import { z } from 'zod';
import type { Registry } from '../process/metrics.ts';
import { startIdHeaders } from '../process/start-id.ts';
import { json, keyProblems, problems } from './describe.ts';
import { HttpProblem } from './problem.ts';
import { route } from './route.ts';

/** Parts that the routes of every process need. */
export interface BaseDeps {
  /** Name of the process. */
  readonly name: string;
  readonly registry: Registry;
  /** Resolves with null when the process can do its work, else with the reason why not. */
  readonly ready: () => Promise<string | null>;
}

const tags = ['health'];
/** No key is asked for: no data is shown. */
const security: Record<string, string[]>[] = [];

const ping = route(
  {
    method: 'get',
    path: '/ping',
    operationId: 'ping',
    ...{ tags, security, summary: 'Check that the process answers' },
    responses: {
      200: json(
        'The process answers',
        z.object({ message: z.literal('pong') }).meta({ id: 'Pong' }),
      ),
      ...problems(),
    },
  },
  (c) => c.json({ message: 'pong' } as const, 200, startIdHeaders()),
);

const live = route(
  {
    method: 'get',
    path: '/health/live',
    operationId: 'getLiveness',
    ...{ tags, security, summary: 'Check that the process lives' },
    responses: {
      200: json(
        'The process lives',
        z.object({ status: z.literal('live'), name: z.string() }).meta({ id: 'Liveness' }),
      ),
      ...problems(),
    },
  },
  (c, { name }: BaseDeps) => c.json({ status: 'live', name } as const, 200),
);

const ready = route(
  {
    method: 'get',
    path: '/health/ready',
    operationId: 'getReadiness',
    ...{ tags, security, summary: 'Check that the broker answers and deliveries make progress' },
    responses: {
      200: json(
        'Deliveries make progress',
        z.object({ status: z.literal('ready'), name: z.string() }).meta({ id: 'Readiness' }),
      ),
      ...problems('not-ready'),
    },
  },
  async (c, { name, ready: whyNot }: BaseDeps) => {
    const reason = await whyNot();
    if (reason === null) return c.json({ status: 'ready', name } as const, 200);
    // Who asks every second would fill the log with errors.
    throw new HttpProblem(503, reason, { code: 'not-ready', isLogged: false });
  },
);

const metrics = route(
  {
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    ...{ tags, summary: 'Get the metrics of the process for Prometheus' },
    responses: {
      200: {
        description: 'Metrics in the text format of Prometheus',
        content: { 'text/plain': { schema: z.string() } },
      },
      ...keyProblems(),
    },
  },
  async (c, { registry }: BaseDeps) =>
    c.text(await registry.metrics(), 200, { 'content-type': registry.contentType }),
);

/** Routes that every process serves. */
export const baseRoutes = [ping, live, ready, metrics];
