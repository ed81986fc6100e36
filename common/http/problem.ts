import { STATUS_CODES } from 'node:http';
import type { FieldProblem, Problem } from './problem-schema.ts';
import { defaultCode, problemType } from './problem-types.ts';
import type { ProblemCode } from './problem-types.ts';

export interface ProblemOptions {
  /** Last part of the problem's `type`; by default it follows from the status. */
  readonly code?: ProblemCode;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
  /** Whether the log shows the problem when its status is 500 or more; by default yes. */
  readonly isLogged?: boolean;
}

/**
 * An answer other than success, thrown by a handler and sent as RFC 9457 problem details.
 *
 * @param status HTTP status from 400 to 599
 * @param detail what went wrong this time, for the person who reads the answer
 */
export class HttpProblem extends Error {
  override readonly name = 'HttpProblem';
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  /** Last part of `type`. */
  readonly code: string;
  readonly isLogged: boolean;
  readonly #errors: readonly FieldProblem[];

  constructor(status: number, detail: string, options: ProblemOptions = {}) {
    super(detail);
    this.status = status;
    this.headers = options.headers ?? {};
    this.code = options.code ?? defaultCode(status);
    this.isLogged = options.isLogged ?? true;
    this.#errors = options.errors ?? [];
  }

  /** The body: `type` is stable, so that programs branch on it and never on the texts. */
  toJSON(): Problem {
    return {
      type: problemType(this.code),
      title: titleOf(this.status),
      status: this.status,
      detail: this.message,
      ...(this.#errors.length > 0 && { errors: [...this.#errors] }),
    };
  }

  /** @param requestId of the request that it answers, when one could be read; for the body */
  toResponse(requestId?: string): Response {
    const body: Problem = { ...this.toJSON(), request_id: requestId };
    return new Response(JSON.stringify(body), {
      status: this.status,
      headers: {
        ...this.headers,
        'content-type': PROBLEM_TYPE,
      },
    });
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
