import type { z } from 'zod';
import { parseBody, refusedField } from '../../common/http/body.ts';
import type { JsonSource } from '../../common/http/body.ts';
import { membersOf } from '../../common/base/json-source.ts';

/**
 * Checks a request that has `data` against its schema.
 *
 * @returns its other fields, and as `body` the text of `data` exactly as it stands in the request
 * @throws HttpProblem 400; also for a name that comes twice, as one of the two would be lost
 */
export function parseDelivery<Schema extends z.ZodType<{ readonly data: unknown }>>(
  schema: Schema,
  { text, value }: JsonSource,
): z.output<Schema> & { readonly body: string } {
  const fields = parseBody(schema, value);
  const names = new Set<string>();
  let body = '';
  for (const member of membersOf(text)) {
    if (names.has(member.name)) throw refusedField(member.name, value, 'given once');
    names.add(member.name);
    if (member.name === 'data') body = member.text;
  }
  return { ...fields, body };
}
