import { z } from 'zod';
import { TEXT_LENGTH_MAX, compileFilter } from '../../common/filter/compile-filter.ts';

/** A filter, and the sample that it is tried with, as requests have them. */

const FILTER_EXAMPLE = { body: { status: ['paid'], amount: [{ numeric: ['>', 100] }] } };

/** Becomes JSON text; numbers that no double holds are in exact-member.ts alone. */
export const filterField = z
  .record(z.string(), z.unknown(), 'allowed: an object with conditions as JSON, or null')
  .nullable()
  .superRefine((pattern, context) => {
    if (pattern === null) return;
    if (JSON.stringify(pattern).length > TEXT_LENGTH_MAX) {
      const message = `allowed: a pattern of up to ${TEXT_LENGTH_MAX} characters of JSON`;
      return context.addIssue({ code: 'custom', path: [], message });
    }
    const compiled = compileFilter(pattern);
    if (compiled.kind === 'filter') return;
    for (const { path, message } of compiled.errors) {
      context.addIssue({ code: 'custom', path: [...path], message });
    }
  })
  .describe('pattern that events have to match, in the syntax of EventBridge; null: all events')
  .meta({ example: FILTER_EXAMPLE })
  .transform((pattern) => pattern && JSON.stringify(pattern));

export const FilterTestBody = z
  .strictObject({
    body: z
      .unknown()
      .optional()
      .describe('body of the sample, as JSON; absent: one that is not JSON'),
    // Absent, not a default: a generator for Go stops at the default of an object.
    headers: z
      .record(z.string(), z.string())
      .optional()
      .describe('headers of the sample; absent: it has none'),
    user_id: z.string().nullable().default(null).describe('user of the sample; null: of no user'),
    filter: filterField.optional().describe('filter to try; absent: that of the subscription'),
  })
  .meta({
    id: 'TestFilter',
    example: { body: { status: 'paid', amount: 250 }, headers: { 'event-type': 'order.paid' } },
  });
