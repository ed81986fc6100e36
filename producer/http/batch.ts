import type { Context } from 'hono';
import { z } from 'zod';
import { json, jsonBody, keyProblems } from '../../common/http/describe.ts';
import type { HttpEnv } from '../../common/http/http-env.ts';
import { problemOf } from '../../common/http/problem-of.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import { readItems } from './batch-items.ts';
import type { Item } from './batch-items.ts';
import { ADMISSION, BatchResult } from './delivery-answers.ts';
import { traceparentOf } from './request-span.ts';
import { BatchLine } from './requests.ts';
import { parseDelivery } from './parse-delivery.ts';
import { acceptSend } from './send.ts';
import type { RouteDeps } from './send.ts';

/**
 * About: a group begun below it is taken whole. Bounds the memory of the answer, which cannot begin
 * before the body ends.
 */
const LINES_MAX = 100_000;
/** Refusals are longer than what is refused may be: the same for these. */
const ANSWER_LENGTH_MAX = 64 * 1024 ** 2;
/**
 * Size of a group of lines that is written at once: enough for full requests to Kafka, little in
 * memory.
 */
const GROUP_LINES = 1_000;
const GROUP_BYTES = 2 * 1024 ** 2;

/**
 * Takes many requests of `/send`, as a line each (NDJSON) or as a JSON array; the `id` of a line is
 * its idempotency key. The answer comes when all have been read, so that a client may send
 * everything before it reads anything.
 */
export const sendBatch = route(
  {
    readsBody: true,
    method: 'post',
    path: '/send/batch',
    operationId: 'sendBatch',
    tags: ['deliveries'],
    summary: 'Send many deliveries at once, as lines (NDJSON) or as a JSON array',
    // One media type: with two, generated clients do not know what they get, or send.
    description:
      'The answer has a result for each delivery, in order; a bad delivery stops no other. ' +
      'The `id` of a delivery is its idempotency key. A body that does not begin with `[` is read ' +
      'as lines of JSON, of which there may be more; unless it says that it is ' +
      '`application/json`, its answer is lines as well (`application/x-ndjson`).',
    request: { body: jsonBody(z.array(BatchLine).min(1)) },
    responses: {
      207: json('A result for each delivery', z.array(BatchResult)),
      ...keyProblems('bad-request', 'malformed-json', ...ADMISSION),
    },
  },
  async (c, deps: RouteDeps) => {
    const { admission } = deps;
    admission.check();
    const traceparent = traceparentOf(c);
    const chunks = (c.req.raw.body ?? []) as unknown as AsyncIterable<Uint8Array>;
    const { isArray, items } = await readItems(chunks, admission.requestBytesMax);
    const results = await resultsOf(c, deps, items, traceparent);
    const isJson = isArray || /^application\/json\b/i.test(c.req.header('content-type') ?? '');
    const text = isJson ? `[${results.join(',')}]\n` : `${results.join('\n')}\n`;
    const contentType = isJson ? 'application/json' : 'application/x-ndjson';
    // Results are text by now, which no type can look into; each was a BatchResult.
    return c.body(text, 207, { 'content-type': contentType }) as never;
  },
);

/** Takes the items of a batch. @returns the result of each as JSON */
async function resultsOf(
  c: Context<HttpEnv>,
  deps: RouteDeps,
  items: AsyncIterable<Item>,
  traceparent: string | null,
): Promise<readonly string[]> {
  const results: string[] = [];
  let length = 0;
  for await (const group of groupsOf(items)) {
    const limit = limitReached(results.length, length);
    if (limit !== null) {
      const problem = new HttpProblem(413, `${limit}: neither this nor the rest`);
      results.push(refused(c, group[0]?.line ?? 0, problem));
      break;
    }
    const one = (item: Item) => resultOf(c, deps, item, traceparent);
    for (const result of await Promise.all(group.map(one))) {
      results.push(result);
      length += result.length;
    }
  }
  if (results.length === 0) throw new HttpProblem(400, 'The body holds nothing to send');
  return results;
}

/** Why no more of a batch is taken; null: go on. */
function limitReached(lines: number, answerLength: number): string | null {
  if (lines >= LINES_MAX) return `More than ${LINES_MAX}`;
  if (answerLength < ANSWER_LENGTH_MAX) return null;
  return `The answer has more than ${ANSWER_LENGTH_MAX} characters`;
}

/** Never fails: whatever befalls one of a batch is its result, as JSON. */
async function resultOf(
  c: Context<HttpEnv>,
  deps: RouteDeps,
  item: Item,
  traceparent: string | null,
): Promise<string> {
  const { line } = item;
  try {
    if ('problem' in item) throw item.problem;
    deps.admission.check();
    const { id: key, user_id: userId, body } = parseDelivery(BatchLine, item);
    const { id } = await acceptSend(deps, { userId, body, key, traceparent });
    return JSON.stringify({ line, status: 202, id } satisfies BatchResult);
  } catch (error) {
    return refused(c, line, problemOf(error as Error));
  }
}

function refused(c: Context<HttpEnv>, line: number, problem: HttpProblem): string {
  c.get('metrics').refused(c, problem);
  return JSON.stringify({ line, ...problem.toJSON() } satisfies BatchResult);
}

async function* groupsOf(items: AsyncIterable<Item>): AsyncGenerator<readonly Item[]> {
  let group: Item[] = [];
  let bytes = 0;
  for await (const item of items) {
    group.push(item);
    bytes += item.bytes;
    if (group.length < GROUP_LINES && bytes < GROUP_BYTES) continue;
    yield group;
    group = [];
    bytes = 0;
  }
  if (group.length > 0) yield group;
}
