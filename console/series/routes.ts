import { z } from 'zod';
import { count, json, keyProblems, time } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import type { SeriesQuery } from './series-table.ts';
import { WINDOWS, windowBounds } from './windows.ts';
import type { SeriesPoint, Window } from './windows.ts';

interface Deps {
  readonly store: { points(query: SeriesQuery): Promise<readonly SeriesPoint[]> };
  /** Whether there is or was such a subscription. */
  readonly isSubscription: (id: string) => boolean;
}

const names = Object.keys(WINDOWS) as [Window, ...Window[]];
const Query = z.strictObject({
  window: z.enum(names, `allowed: ${names.join(', ')}`).default('15m'),
  subscription: z.string().min(1, 'allowed: the id of a subscription, or default').optional(),
});

const figure = z.number().min(0).nullable();
const Point = z
  .object({
    at: time.describe('beginning of the step'),
    delivered: count,
    failed: count.describe('attempts that failed'),
    dead_lettered: count,
    p50_ms: figure.describe('median time to the answer; null: nothing was sent'),
    p99_ms: figure,
    waiting: count.nullable().describe('the most that waited; null: not known'),
    lag_seconds: count.nullable().describe('the greatest age; null: not known'),
  })
  .meta({ id: 'SeriesPoint' });
const Series = z
  .object({ window: z.enum(names), step_seconds: count, points: z.array(Point) })
  .meta({ id: 'Series' });

const getSeries = route(
  {
    method: 'get',
    path: '/series',
    operationId: 'getSeries',
    ...{ tags: ['status'], summary: 'Get the figures of the last hours, for plots' },
    description:
      'Counts of each step of a window, which ends with the last whole step. `waiting` and ' +
      '`lag_seconds` are of the whole system, and of the time in which a console has run.',
    request: { query: Query },
    responses: {
      200: json('The points, oldest first', Series),
      ...keyProblems('invalid-fields', 'not-found', 'too-many-requests'),
    },
  },
  async (c, { store, isSubscription }: Deps) => {
    const { window, subscription } = c.req.valid('query');
    const endpoint = subscription ?? null;
    if (endpoint !== null && endpoint !== DEFAULT_ENDPOINT_ID && !isSubscription(endpoint)) {
      throw new HttpProblem(404, `There is no subscription ${endpoint}`);
    }
    const nowMs = Date.now();
    const points = await store.points({ window, endpoint, nowMs });
    const step_seconds = windowBounds(window, endpoint, nowMs).stepMs / 1_000;
    return c.json({ window, step_seconds, points: [...points] }, 200);
  },
);

export const seriesRoutes = [getSeries];
