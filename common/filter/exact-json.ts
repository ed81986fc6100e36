import { isUtf8 } from 'node:buffer';
import { numberOf } from './exact-number.ts';

/** Stands for a body that is not JSON: no condition on it holds. */
export const NOT_JSON = Symbol('not JSON');

/** Texts without such a number have none that a double does not hold. */
const LONG_NUMBER = /\d[\d.]{15}|\d[eE][+-]?\d/;

interface Source {
  readonly source?: string;
}

/** Parses JSON; numbers that no double holds become an `ExactNumber`. @throws SyntaxError */
export function parseExactJson(text: string): unknown {
  if (!LONG_NUMBER.test(text)) return JSON.parse(text);
  // The reviver gets the text of each number, which the types do not know yet.
  const revive = (_: string, value: unknown, context?: Source) =>
    typeof value === 'number' && context?.source !== undefined ? numberOf(context.source) : value;
  return JSON.parse(text, revive);
}

/**
 * Reads a body.
 *
 * @returns `NOT_JSON` too for one that is nested too deeply to be read exactly
 */
export function readBody(body: Buffer | null): unknown {
  if (body === null || !isUtf8(body)) return NOT_JSON;
  try {
    return parseExactJson(body.toString());
  } catch {
    return NOT_JSON;
  }
}
