import { z } from 'zod';
import { json } from '../../common/http/describe.ts';
import { FieldProblem } from '../../common/http/problem-schema.ts';

/** Shapes of the answers to requests for deliveries. */

const DELIVERY_ID = z
  .string()
  .describe('value of the webhook-id header of the delivery')
  .meta({ example: '01JH8Z3V9Q7W4B2M6N0P5R8T1X' });

export const Accepted = z.object({ id: DELIVERY_ID }).meta({ id: 'Accepted' });

export const EventAccepted = z
  .object({
    id: DELIVERY_ID.describe('id of the event; its deliveries have the ids ID-SUBSCRIPTION'),
  })
  .meta({ id: 'EventAccepted' });

export const BatchResult = z
  .object({
    line: z.int().min(1).describe('number of the line, or place in the array, from 1'),
    status: z.int().describe('202, or the status of the problem'),
    id: DELIVERY_ID.optional(),
    type: z.string().optional(),
    title: z.string().optional(),
    detail: z.string().optional(),
    errors: z.array(FieldProblem).optional(),
  })
  .meta({ id: 'BatchResult' });
export type BatchResult = Readonly<z.infer<typeof BatchResult>>;

/** Problems that every route which takes deliveries may answer with. */
export const ADMISSION = ['payload-too-large', 'lag', 'broker-unavailable'] as const;
/** Problems of such a route when it also takes an idempotency key. */
export const KEYED = ['idempotency-key-reused', 'idempotency-key-in-use', ...ADMISSION] as const;

/** Returns the description of an answer that may repeat an accepted request. */
export function accepted<Schema extends z.ZodType>(description: string, schema: Schema) {
  const answer = json(description, schema);
  const replayed = z
    .literal('true')
    .optional()
    .describe('set when the same key was accepted before');
  return { ...answer, headers: answer.headers.extend({ 'idempotent-replayed': replayed }) };
}
