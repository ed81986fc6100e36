import { createRoute, z } from '@hono/zod-openapi';
import { json, keyProblems, problems } from './define.ts';

/** Routes that every process serves. */

const tags = ['health'];
/** No key is asked for: no data is shown. */
const security: Record<string, string[]>[] = [];

export const baseRoutes = [
  createRoute({
    method: 'get',
    path: '/ping',
    operationId: 'ping',
    ...{ tags, security, summary: 'The process answers' },
    responses: { 200: json('It does', z.object({ message: z.literal('pong') })), ...problems() },
  }),
  createRoute({
    method: 'get',
    path: '/health/live',
    operationId: 'getLiveness',
    ...{ tags, security, summary: 'The process lives' },
    responses: {
      200: json('It does', z.object({ status: z.literal('live'), name: z.string() })),
      ...problems(),
    },
  }),
  createRoute({
    method: 'get',
    path: '/health/ready',
    operationId: 'getReadiness',
    ...{ tags, security, summary: 'The broker answers, and deliveries make progress' },
    responses: {
      200: json('It does', z.object({ status: z.literal('ready'), name: z.string() })),
      ...problems('not-ready'),
    },
  }),
  createRoute({
    method: 'get',
    path: '/metrics',
    operationId: 'getMetrics',
    ...{ tags, summary: 'Figures of the process for Prometheus' },
    responses: {
      200: { description: 'Text format', content: { 'text/plain': { schema: z.string() } } },
      ...keyProblems(),
    },
  }),
  createRoute({
    method: 'get',
    path: '/openapi.json',
    operationId: 'getDescription',
    ...{ tags: ['documentation'], security, summary: 'This description' },
    responses: {
      200: json('OpenAPI 3.1', z.looseObject({ openapi: z.string() })),
      ...problems('service-unavailable'),
    },
  }),
];
