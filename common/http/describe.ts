import { z } from 'zod';
import { Problem } from './problem-schema.ts';
import { PROBLEMS, problemType } from './problem-types.ts';
import type { ProblemCode } from './problem-types.ts';

/** Building blocks of the API's description; each process describes its own routes with them. */

const RequestId = z
  .string()
  .optional()
  .describe('id of the request: the one that was sent if it is valid, else a new one')
  .meta({ example: '0a6f1b9e-6f0c-4f0a-9c3e-2b1f3a7d9c11' });
const HEADERS = z.object({ 'x-request-id': RequestId });
const RETRY_HEADERS = HEADERS.extend({
  'retry-after': z
    .string()
    .optional()
    .describe('seconds to wait before the next request')
    .meta({ example: '5' }),
});

/** Problems that any route may answer with. */
const ALWAYS = [
  'forbidden',
  'uri-too-long',
  'request-header-fields-too-large',
  'internal-server-error',
] as const satisfies readonly ProblemCode[];

/** Returns the errors of a route, besides those that every route has. */
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

/** Returns the errors of a route that requires a key, besides those that every route has. */
export function keyProblems(...codes: readonly ProblemCode[]) {
  return problems('unauthorized', ...codes);
}

/** Returns the description of an answer as JSON. */
export function json<Schema extends z.ZodType>(description: string, schema: Schema) {
  return { description, headers: HEADERS, content: { 'application/json': { schema } } };
}

/** Returns the description of a body as JSON. */
export function jsonBody<Schema extends z.ZodType>(schema: Schema, required = true) {
  return { required, content: { 'application/json': { schema } } };
}

/** Returns the schema of an id in a path. Any text is allowed, because an unknown id gets a 404. */
export const idParam = (example: string) => z.object({ id: z.string().min(1).meta({ example }) });

/** Returns a link from the id in an answer to an operation that takes the id. */
export function link(operationId: string, parameter = 'id', field = 'id') {
  return { operationId, parameters: { [parameter]: `$response.body#/${field}` } };
}

/** ISO 8601, UTC. */
export const time = z.string().meta({ format: 'date-time', example: '2026-01-31T08:00:00.000Z' });

/** Where the next page of a list begins. */
export const nextCursor = z
  .string()
  .nullable()
  .describe('`cursor` of the next page; null: this is the last page');

/** A number of things. */
export const count = z.int().min(0);
