import { compileFilter } from '../../common/filter/compile-filter.ts';
import { NOT_JSON, parseExactJson } from '../../common/filter/exact-json.ts';
import { failedConditions } from '../../common/filter/explain-filter.ts';
import { lowerCased } from '../../common/filter/filtered-event.ts';
import { idParam, json, jsonBody, keyProblems } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import { exactMember, withExactFilter } from './exact-member.ts';
import { FilterTestBody } from './filter-body.ts';
import type { SubscriptionDeps } from './route-deps.ts';
import { FilterTestResult } from './schemas.ts';

const FOUND_LENGTH_MAX = 200;

const testFilter = route(
  {
    method: 'post',
    path: '/subscriptions/{id}/filter/test',
    operationId: 'testFilter',
    tags: ['subscriptions'],
    summary: 'Try a filter with a sample, and list the conditions that do not hold',
    request: {
      params: idParam('sub_01JH8Z3V9Q7W4B2M6N0P5R8T1X'),
      body: jsonBody(FilterTestBody),
    },
    responses: {
      200: json('Whether the sample matches', FilterTestResult),
      ...keyProblems(
        ...(['malformed-json', 'invalid-fields', 'payload-too-large'] as const),
        ...(['not-found', 'broker-unavailable'] as const),
      ),
    },
  },
  async (c, { store }: SubscriptionDeps) => {
    const { filter: stored } = await store.load(c.req.valid('param').id);
    const sample = await withExactFilter(c, c.req.valid('json'));
    const text = sample.filter === undefined ? stored : sample.filter;
    const compiled = text === null ? null : compileFilter(parseExactJson(text));
    if (compiled?.kind !== 'filter') return c.json({ matches: true, failed: [] }, 200);
    const event = {
      user: sample.user_id,
      headers: lowerCased(sample.headers ?? {}),
      body: await exactMember(c, 'body'),
    };
    const failed = failedConditions(compiled.filter, event).map(({ field, rule, found }) => ({
      ...{ field, rule, found: shown(found) },
    }));
    return c.json({ matches: failed.length === 0, failed }, 200);
  },
);

/** JSON of what a sample has in a place, cut; null: nothing. */
function shown(found: unknown): string | null {
  if (found === undefined || found === NOT_JSON) return null;
  const text = JSON.stringify(found);
  return text.length <= FOUND_LENGTH_MAX ? text : `${text.slice(0, FOUND_LENGTH_MAX)}…`;
}

export const filterRoutes = [testFilter];
