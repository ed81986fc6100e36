import { z } from 'zod';

/** One bad field of a request: where it is, what it was, what is allowed there. */
export const FieldProblem = z
  .object({
    field: z.string().describe('path of the field, with dots; empty: the whole body'),
    value: z.unknown().describe('the value that was sent, cut when long; null when absent'),
    rule: z.string().describe('the rule for allowed values'),
  })
  .meta({ id: 'FieldProblem' });
export type FieldProblem = Readonly<z.infer<typeof FieldProblem>>;

/** RFC 9457 problem details, as every error is answered. */
export const Problem = z
  .object({
    type: z.string().describe('stable name of the problem, for programs to branch on'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('explanation for people; may change'),
    errors: z.array(FieldProblem).optional(),
    request_id: z
      .string()
      .optional()
      .describe('id of the request, as in x-request-id and in the log'),
  })
  .meta({ id: 'Problem' });
export type Problem = Readonly<z.infer<typeof Problem>>;
