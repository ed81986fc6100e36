import { z } from 'zod';
import { count, json, keyProblems } from '../../common/http/describe.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import { route } from '../../common/http/route.ts';
import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import type { PartitionReader } from '../../common/kafka/consume/partition-reader.ts';
import { instant } from '../query/instant-field.ts';
import { readPart } from './read-records.ts';
import { RecordView, recordView } from './record-view.ts';
import { TopicView, topicViews } from './topics-view.ts';

export interface LogDeps {
  readonly view: Pick<GroupView, 'committed' | 'boundsOf' | 'bounds' | 'members' | 'offsetsAt'>;
  readonly cursors: Pick<CursorStore, 'load'>;
  readonly reader: Pick<PartitionReader, 'read'>;
  /** Returns the topics that the delivery group consumes. */
  readonly consumed: () => readonly string[];
  /** Topics of ours besides that hold no secrets, and who reads them. */
  readonly others: ReadonlyMap<string, string>;
}

const LIMIT = 'allowed: a whole number from 1 to 100';
const WHOLE = 'allowed: a whole number from 0';
const whole = z.coerce.number(WHOLE).int(WHOLE).min(0, WHOLE).max(Number.MAX_SAFE_INTEGER, WHOLE);
const tags = ['log'];

const listTopics = route(
  {
    method: 'get',
    path: '/topics',
    operationId: 'listTopics',
    ...{ tags, summary: 'List the topics with their partitions, owners and cursors' },
    responses: {
      200: json(
        'The topics of the log',
        z.object({ topics: z.array(TopicView) }).meta({ id: 'TopicList' }),
      ),
      ...keyProblems('broker-unavailable'),
    },
  },
  async (c, { view, cursors, consumed, others }: LogDeps) => {
    const names = consumed();
    const committed = await view.committed(names);
    const bounds = await view.boundsOf([...names, ...others.keys()]);
    const places = names.map((topic) => [topic, [...(bounds.get(topic)?.keys() ?? [])]] as const);
    const seen = { committed, bounds, members: await view.members(), readers: others };
    const topics = topicViews({ ...seen, cursors: await cursors.load(new Map(places)) });
    return c.json({ topics }, 200);
  },
);

const RecordsQuery = z.strictObject({
  partition: whole.default(0),
  offset: whole.optional().describe('the first offset; without it and `time`: the newest records'),
  time: instant.optional().describe('begin with the first record of this time or later'),
  limit: z.coerce
    .number(LIMIT)
    .int(LIMIT)
    .min(1, LIMIT)
    .max(100, LIMIT)
    .default(20)
    .meta({ type: 'integer', minimum: 1, maximum: 100 }),
});

const RecordPage = z
  .object({
    topic: z.string(),
    partition: count,
    start: count.describe('the first offset that is still in the log'),
    end: count.describe('the offset that the next record gets'),
    records: z.array(RecordView),
    next_offset: count.describe('`offset` of the next page'),
    previous_offset: count.nullable().describe('`offset` of the page before; null: there is none'),
  })
  .meta({ id: 'RecordPage' });

const listRecords = route(
  {
    method: 'get',
    path: '/topics/{topic}/records',
    operationId: 'listRecords',
    ...{ tags, summary: 'Read records of a partition, from an offset or a time on' },
    description: 'Reads committed records; topics that hold secrets are not shown.',
    request: {
      params: z.object({ topic: z.string().min(1).meta({ example: 'webhooks.deliveries' }) }),
      query: RecordsQuery,
    },
    responses: {
      200: json('Some records, in the order of the log', RecordPage),
      ...keyProblems('invalid-fields', 'not-found', 'broker-unavailable'),
    },
  },
  async (c, { view, reader, consumed, others }: LogDeps) => {
    const { topic } = c.req.valid('param');
    const query = c.req.valid('query');
    if (!consumed().includes(topic) && !others.has(topic)) {
      throw new HttpProblem(404, `There is no topic ${topic} to show; GET /topics lists them`);
    }
    const all = await view.bounds(topic);
    const { partition, limit, time } = query;
    const bounds = all.get(partition);
    if (!bounds) {
      throw new HttpProblem(
        404,
        `${topic} has no partition ${partition}, but 0 to ${all.size - 1}`,
      );
    }
    const { low, high } = bounds;
    const atTime = time === undefined ? null : await view.offsetsAt(topic, time);
    const asked = query.offset ?? atTime?.get(partition) ?? high - limit;
    const offset = Math.min(Math.max(asked, low), high);
    const { records, readTo } = await readPart(reader, { topic, partition, offset, limit });
    const page = {
      ...{ topic, partition, start: low, end: high },
      records: records.map(recordView),
      next_offset: readTo,
      previous_offset: offset > low ? Math.max(low, offset - limit) : null,
    };
    return c.json(page, 200);
  },
);

export const topicRoutes = [listTopics, listRecords];
