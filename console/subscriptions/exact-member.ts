import type { Context } from 'hono';
import { membersOf } from '../../common/base/json-source.ts';
import { NOT_JSON, parseExactJson } from '../../common/filter/exact-json.ts';
import { readJsonSource } from '../../common/http/body.ts';

/**
 * Reads one member of the body of a request with its numbers as they stand there.
 *
 * @returns `NOT_JSON` where there is none
 */
export async function exactMember(c: Context, name: string): Promise<unknown> {
  const { text } = await readJsonSource(c);
  const member = membersOf(text).findLast((one) => one.name === name);
  return member ? parseExactJson(member.text) : NOT_JSON;
}

/** Gives a checked body its filter with exact numbers. */
export async function withExactFilter<Body extends { filter?: string | null | undefined }>(
  c: Context,
  body: Body,
): Promise<Body> {
  if (typeof body.filter !== 'string') return body;
  return { ...body, filter: JSON.stringify(await exactMember(c, 'filter')) };
}
