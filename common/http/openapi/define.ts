import { z } from '@hono/zod-openapi';
import { PROBLEMS, problemType } from '../problem-types.ts';
import type { ProblemCode } from '../problem-types.ts';

/** Building blocks of the API's description; each process describes its own routes with them. */

export const FieldProblem = z
  .object({
    field: z.string().describe('dots lead into objects and arrays; empty: the whole'),
    value: z.unknown().describe('what was sent, cut when long; null when absent'),
    rule: z.string().describe('what is allowed'),
  })
  .openapi('FieldProblem');

/** RFC 9457 problem details, as every error is answered. */
const Problem = z
  .object({
    type: z.string().describe('stable: programs branch on it'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('for people'),
    errors: z.array(FieldProblem).optional(),
    requestId: z.string().optional().describe('also in x-request-id, and in the log'),
  })
  .openapi('Problem');

const RequestId = z
  .string()
  .optional()
  .describe('of the request, when it was sane, else a new one')
  .meta({ example: '0a6f1b9e-6f0c-4f0a-9c3e-2b1f3a7d9c11' });
const HEADERS = z.object({ 'x-request-id': RequestId });
const RETRY_HEADERS = HEADERS.extend({
  'retry-after': z.string().optional().describe('seconds').meta({ example: '5' }),
});

/** Problems that any route may answer with. */
const ALWAYS = [
  'forbidden',
  'uri-too-long',
  'request-header-fields-too-large',
  'internal-server-error',
] as const satisfies readonly ProblemCode[];

/** The errors of a route, besides those that every route has. */
export function problems(...codes: readonly ProblemCode[]) {
  const byStatus = Map.groupBy(new Set([...codes, ...ALWAYS]), (code) => PROBLEMS[code].status);
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => {
      const description = ofStatus.map((code) => PROBLEMS[code].meaning).join('. Or: ');
      const headers = status === 429 || status === 503 ? RETRY_HEADERS : HEADERS;
      // Generators make a class of each schema: one for all problems, and the types beside it.
      const content = { 'application/problem+json': { schema: Problem } };
      const types = { 'x-problem-types': ofStatus.map(problemType) };
      return [status, { description, headers, content, ...types }];
    }),
  );
}

/** The same of a route that asks for a key. */
export function keyProblems(...codes: readonly ProblemCode[]) {
  return problems('unauthorized', ...codes);
}

/** An answer as JSON. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, headers: HEADERS, content: { 'application/json': { schema } } };
}

/** A body as JSON. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, required = true) {
  return { required, content: { 'application/json': { schema } } };
}

/** A path's id: whatever it is, an unknown one is 404. */
export const idParam = (example: string) => z.object({ id: z.string().min(1).meta({ example }) });

/** Leads from the id in an answer to an operation that takes it. */
export function link(operationId: string, parameter = 'id') {
  return { operationId, parameters: { [parameter]: '$response.body#/id' } };
}

/** ISO 8601, UTC. */
export const time = z.string().meta({ format: 'date-time', example: '2026-01-31T08:00:00.000Z' });
