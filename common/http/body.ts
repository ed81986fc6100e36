import type { Context, MiddlewareHandler } from 'hono';
import { bodyLimit } from 'hono/body-limit';
import type { z } from 'zod';
import { HttpProblem } from './problem.ts';
import type { FieldProblem } from './problem-schema.ts';

type Issue = z.core.$ZodIssue;

/** Longest text of a refused value, or of a field's name, that is sent back. */
const SHOWN_MAX = 100;
/** Names of fields whose values are not sent back, wherever they are. */
const SECRET = /secret|password/i;
const HIDDEN = '(hidden)';
/** A body of nothing but wrong names must not become an answer many times its size. */
const ERRORS_MAX = 20;

/**
 * Middleware that answers 413 to a body above the limit, whether or not its length is announced.
 */
export function limitBody(bytesMax: number): MiddlewareHandler {
  const refuse = () => {
    throw new HttpProblem(413, `The body is larger than ${bytesMax} bytes`);
  };
  const limitUnannounced = bodyLimit({ maxSize: bytesMax, onError: refuse });
  return (c, next) => {
    const announced = c.req.header('content-length');
    // Node holds a client to what it announces, and to count it costs more than all the rest.
    if (announced === undefined || c.req.header('transfer-encoding') !== undefined) {
      return limitUnannounced(c, next);
    }
    // Before the body is touched: then the server reads and drops the rest of it, and the client's
    // connection stays good for its next request.
    if (Number(announced) > bytesMax) refuse();
    return next();
  };
}

/** A JSON text, and what it says. */
export interface JsonSource {
  readonly text: string;
  readonly value: unknown;
}

/** RFC 8259 asks for UTF-8; without `fatal`, other bytes would become U+FFFD unseen. */
const utf8 = new TextDecoder('utf-8', { fatal: true });

/**
 * Reads bytes as JSON.
 *
 * @param what the bytes are, for the message
 * @throws HttpProblem 400
 */
export function parseJsonBytes(bytes: Uint8Array | ArrayBuffer, what = 'The body'): JsonSource {
  const refused = (why: string) =>
    new HttpProblem(400, `${what} is not ${why}`, { code: 'malformed-json' });
  let text: string;
  try {
    text = utf8.decode(bytes);
  } catch {
    throw refused('UTF-8');
  }
  try {
    return { text, value: JSON.parse(text) };
  } catch {
    throw refused('JSON');
  }
}

/**
 * The body as JSON, whatever its content type says: `curl -d` sends none that is true.
 *
 * @throws HttpProblem 400
 */
export async function readJsonSource(c: Context): Promise<JsonSource> {
  return parseJsonBytes(await c.req.arrayBuffer());
}

/**
 * Reads the body as JSON and returns its value.
 * @throws HttpProblem 400
 */
export async function readJson(c: Context): Promise<unknown> {
  return (await readJsonSource(c)).value;
}

/**
 * Checks a body, a query or a set of parameters against its schema.
 *
 * @throws HttpProblem 400 with the first bad fields, their values and what is allowed
 */
export function parseBody<Schema extends z.ZodType>(
  schema: Schema,
  value: unknown,
): z.output<Schema> {
  const parsed = schema.safeParse(value);
  if (parsed.success) return parsed.data;
  const issues = parsed.error.issues.slice(0, ERRORS_MAX + 1);
  const found = issues.flatMap((issue) => fieldProblems(issue, value));
  const errors = found.slice(0, ERRORS_MAX);
  const said = errors.map(({ field, rule }) => `${field || 'body'}: ${rule}`);
  if (found.length > ERRORS_MAX) said.push('and more');
  throw new HttpProblem(400, said.join('; '), { code: 'invalid-fields', errors });
}

/** The refusal of one field for a reason that no schema can see. */
export function refusedField(field: string, whole: unknown, rule: string): HttpProblem {
  const errors = [fieldProblem([field], whole, rule)];
  return new HttpProblem(400, `${field}: ${rule}`, { code: 'invalid-fields', errors });
}

function fieldProblems(issue: Issue, value: unknown): FieldProblem[] {
  const path = issue.path.map(String);
  const fields = issue.code === 'unrecognized_keys' ? issue.keys.slice(0, ERRORS_MAX + 1) : [];
  if (fields.length > 0) {
    return fields.map((key) => fieldProblem([...path, key], value, 'no field of this name'));
  }
  return [fieldProblem(path, value, ruleOf(issue))];
}

function fieldProblem(path: readonly string[], whole: unknown, rule: string): FieldProblem {
  const field = path.join('.');
  const value = path.reduce<unknown>((at, key) => (at as Record<string, unknown>)?.[key], whole);
  return { field: cut(field), value: SECRET.test(field) ? HIDDEN : shown(value), rule };
}

/** Our schemas say `allowed: …` themselves; the commonest of zod's own texts are put so too. */
function ruleOf(issue: Issue): string {
  const own = /^allowed: (.*)$/s.exec(issue.message);
  if (own?.[1] !== undefined) return own[1];
  if (issue.code === 'invalid_type') return `type ${issue.expected}`;
  if (issue.code === 'invalid_key' && issue.issues[0]) return ruleOf(issue.issues[0]);
  if (issue.code === 'invalid_value') return issue.values.map(String).join(', ');
  return issue.message;
}

/** Absent becomes null, as JSON cannot say it; what is long is cut. */
function shown(value: unknown): unknown {
  try {
    const text = JSON.stringify(value ?? null, (name, member) =>
      SECRET.test(name) ? HIDDEN : (member as unknown),
    );
    return text.length <= SHOWN_MAX ? (JSON.parse(text) as unknown) : cut(text);
  } catch {
    // JSON.stringify throws for a value that is nested too deeply, although it could be parsed.
    return '(nested too deeply)';
  }
}

function cut(text: string): string {
  return text.length <= SHOWN_MAX ? text : `${text.slice(0, SHOWN_MAX)}…`;
}
