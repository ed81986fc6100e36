import { createRoute, z } from '@hono/zod-openapi';
import { json, keyProblems, problems } from './describe.ts';

/** Routes that every process serves. */

const tags = ['health'];
/** No key is asked for: no data is shown. */
const security: Record<string, string[]>[] = [];

export const baseRoutes = [
  createRoute({
    method: 'get',
    path: '/ping',
    operationId: 'ping',
    ...{ tags, security, summary: 'Check that the process answers' },
    responses: {
      200: json('The process answers', z.object({ message: z.literal('pong') })),
      ...problems(),
    },
  }),
  createRoute({
    method: 'get',
    path: '/health/live',
    operationId: 'getLiveness',
    ...{ tags, security, summary: 'Check that the process lives' },
    responses: {
      200: json('The process lives', z.object({ status: z.literal('live'), name: z.string() })),
      ...problems(),
    },
  }),
  createRoute({
    method: 'get',
    path: '/health/ready',
    operationId: 'getReadiness',
    ...{ tags, security, summary: 'Check that the broker answers and deliveries make progress' },
    responses: {
      200: json(
        'Deliveries make progress',
        z.object({ status: z.literal('ready'), name: z.string() }),
      ),
      ...problems('not-ready'),
    },
  }),
  createRoute({
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
  }),
  createRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getDescription',
    ...{ tags: ['documentation'], security, summary: 'Get this API description' },
    responses: {
      200: json('Description in OpenAPI 3.1', z.looseObject({ openapi: z.string() })),
      ...problems('service-unavailable'),
    },
  }),
];
