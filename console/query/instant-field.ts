import { z } from 'zod';
import { INSTANT_ALLOWED, parseInstant } from './instant.ts';

/** A time as a field of a request, ms since 1970. */
export const instant = z
  .string()
  .meta({ format: 'date-time', example: '2026-01-31T08:00:00Z' })
  .transform((text, context) => {
    const ms = parseInstant(text);
    if (ms !== null) return ms;
    context.addIssue({ code: 'custom', message: `allowed: ${INSTANT_ALLOWED}` });
    return z.NEVER;
  });
