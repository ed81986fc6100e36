import { HTTPException } from 'hono/http-exception';
import { AppError } from '../base/errors.ts';
import type { ErrorCode } from '../base/errors.ts';
import { HttpProblem } from './problem.ts';
import { PROBLEMS } from './problem-types.ts';
import type { ProblemCode } from './problem-types.ts';

/** Problems by the codes of errors that code without knowledge of HTTP throws. */
const PROBLEM_OF: Partial<Record<ErrorCode, ProblemCode>> = {
  broker_unavailable: 'broker-unavailable',
  file_unclear: 'conflict',
  file_unknown: 'not-found',
  group_active: 'group-active',
  group_has_members: 'consumers-running',
  message_too_large: 'payload-too-large',
  redrive_fenced: 'redrive-fenced',
  redrive_running: 'conflict',
  replay_unknown: 'not-found',
  schema_unavailable: 'service-unavailable',
  search_busy: 'too-many-requests',
  source_by_settings: 'conflict',
  source_exists: 'conflict',
  source_unknown: 'not-found',
  subscription_disabled: 'disabled',
  subscription_not_understood: 'conflict',
  subscription_unknown: 'not-found',
  views_loading: 'service-unavailable',
};

/**
 * Returns the problem that describes an error to a client. Texts of unexpected errors stay in the
 * log.
 */
export function problemOf(error: Error): HttpProblem {
  if (error instanceof HttpProblem) return error;
  if (isBrokenOff(error)) return new HttpProblem(400, 'The body broke off before its end');
  if (error instanceof HTTPException) return new HttpProblem(error.status, error.message);
  const code = error instanceof AppError ? PROBLEM_OF[error.code] : undefined;
  if (error instanceof AppError && code !== undefined) {
    const headers: Record<string, string> = error.retryable ? { 'retry-after': '1' } : {};
    return new HttpProblem(PROBLEMS[code].status, error.message, { code, headers });
  }
  return new HttpProblem(500, 'An unexpected error; the log has it under this request id');
}

/**
 * Returns whether Node reports that a client went away while its body was read. No client reads the
 * answer then.
 */
function isBrokenOff(error: Error): boolean {
  return (error as NodeJS.ErrnoException).code === 'ECONNRESET' && error.message === 'aborted';
}
