import { STATUS_CODES } from 'node:http';

/** One bad field of a request: where it is, what it was, what is allowed there. */
export interface FieldProblem {
  readonly field: string;
  readonly value: unknown;
  readonly allowed: string;
}

export interface ProblemOptions {
  /** Last part of the problem's `type`; by default it follows from the status. */
  readonly code?: string;
  readonly errors?: readonly FieldProblem[];
  readonly headers?: Readonly<Record<string, string>>;
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
  readonly #code: string;
  readonly #errors: readonly FieldProblem[];

  constructor(status: number, detail: string, options: ProblemOptions = {}) {
    super(detail);
    this.status = status;
    this.headers = options.headers ?? {};
    this.#code =
      options.code ??
      titleOf(status)
        .toLowerCase()
        .replaceAll(/[^a-z]+/g, '-');
    this.#errors = options.errors ?? [];
  }

  /** The body: `type` is stable, so that programs branch on it and never on the texts. */
  toJSON(): Record<string, unknown> {
    return {
      type: `urn:hookline:problem:${this.#code}`,
      title: titleOf(this.status),
      status: this.status,
      detail: this.message,
      ...(this.#errors.length > 0 && { errors: this.#errors }),
    };
  }

  toResponse(): Response {
    return new Response(JSON.stringify(this), {
      status: this.status,
      headers: { ...this.headers, 'content-type': PROBLEM_TYPE },
    });
  }
}

export const PROBLEM_TYPE = 'application/problem+json';

function titleOf(status: number): string {
  return STATUS_CODES[status] ?? 'Error';
}
