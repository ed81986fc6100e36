import { z } from 'zod';
import { forEachAtOnce } from '../../common/base/for-each-at-once.ts';
import { refusedField } from '../../common/http/body.ts';
import { count, json, keyProblems, time } from '../../common/http/describe.ts';
import { route } from '../../common/http/route.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import { instant } from '../query/instant-field.ts';

interface Deps {
  readonly view: Pick<GroupView, 'offsetsAt'>;
  /** Topics of first attempts. */
  readonly lanes: readonly string[];
}

const DAY_MS = 86_400_000;
const STEPS = 60;
const REQUESTS_AT_ONCE = 4;

const Query = z.strictObject({
  from: instant.optional().describe('start of the window; default: a day before `to`'),
  to: instant.optional().describe('end of the window; default: now'),
});

const Volume = z
  .object({
    step_seconds: z.number(),
    points: z.array(
      z
        .object({
          at: time.describe('beginning of the step'),
          offsets: count.describe('offsets that were written: records and transaction markers'),
        })
        .meta({ id: 'VolumePoint' }),
    ),
  })
  .meta({ id: 'LogVolume' });

export const volumeRoute = route(
  {
    method: 'get',
    path: '/replays/volume',
    operationId: 'getLogVolume',
    ...{ tags: ['replays'], summary: 'Get how much of the log a window of time holds' },
    request: { query: Query },
    responses: {
      200: json('Sixty steps, oldest first', Volume),
      ...keyProblems('invalid-fields', 'broker-unavailable'),
    },
  },
  async (c, { view, lanes }: Deps) => {
    const query = c.req.valid('query');
    const { to: toMs = Date.now() } = query;
    const { from: fromMs = toMs - DAY_MS } = query;
    if (fromMs >= toMs) throw refusedField('to', query, 'a time after `from`');
    const stepMs = (toMs - fromMs) / STEPS;
    const times = Array.from({ length: STEPS + 1 }, (_, n) => Math.round(fromMs + n * stepMs));
    const ends = times.map(() => 0);
    const places = times.flatMap((atMs, n) => lanes.map((topic) => ({ atMs, n, topic })));
    await forEachAtOnce(REQUESTS_AT_ONCE, places, async ({ atMs, n, topic }) => {
      const offsets = await view.offsetsAt(topic, atMs);
      ends[n] = [...offsets.values()].reduce((sum, offset) => sum + offset, ends[n] as number);
    });
    const points = times.slice(0, STEPS).map((atMs, n) => ({
      at: new Date(atMs).toISOString(),
      // Writers stamp their records themselves, so a later time may lead to an earlier offset.
      offsets: Math.max(0, (ends[n + 1] as number) - (ends[n] as number)),
    }));
    return c.json({ step_seconds: stepMs / 1_000, points }, 200);
  },
);
