import { z } from 'zod';
import { count } from '../../common/http/describe.ts';
import type { Cursor } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupMember } from '../../common/kafka/admin/group-view.ts';
import type { TopicBounds } from '../../common/kafka/admin/topic-partitions.ts';
import type { Committed } from '../../common/kafka/admin/offsets.ts';

const PartitionView = z
  .object({
    partition: count,
    start: count.describe('the first offset that is still in the log'),
    end: count.describe('the offset that the next record gets'),
    committed: count.nullable().describe('offset of the delivery group; null: it has none here'),
    owner: z.string().nullable().describe('client id of the consumer; null: nobody consumes it'),
    cursors: z
      .array(z.object({ endpoint: z.string(), offset: count }).meta({ id: 'EndpointCursor' }))
      .describe('endpoints that are behind, and where each goes on; the first 100'),
    cursor_count: count,
  })
  .meta({ id: 'PartitionView' });

export const TopicView = z
  .object({
    topic: z.string(),
    offsets: count.describe('offsets in the log: records and transaction markers'),
    readers: z
      .string()
      .nullable()
      .describe(
        'who reads a topic that no consumer delivers from, so that nobody commits or owns its ' +
          'partitions; null: the consumers deliver from it',
      ),
    partitions: z.array(PartitionView),
  })
  .meta({ id: 'TopicView' });
export type TopicView = Readonly<z.infer<typeof TopicView>>;

interface Seen {
  readonly bounds: TopicBounds;
  readonly committed: Committed;
  readonly members: readonly GroupMember[];
  readonly cursors: readonly Cursor[];
  /** Who reads the topics that no consumer delivers from. */
  readonly readers: ReadonlyMap<string, string>;
}

const CURSORS_MAX = 100;

/** Puts together what is known of each partition. */
export function topicViews({ bounds, committed, members, cursors, readers }: Seen): TopicView[] {
  const byPlace = Map.groupBy(cursors, ({ topic, partition }) => `${topic}/${partition}`);
  return [...bounds].map(([topic, partitions]) => {
    const views = [...partitions]
      .sort(([a], [b]) => a - b)
      .map(([partition, { low, high }]) => {
        const own = byPlace.get(`${topic}/${partition}`) ?? [];
        const owns = ({ partitions: all }: GroupMember) => all[topic]?.includes(partition);
        return {
          ...{ partition, start: low, end: high },
          committed: committed.get(topic, partition).offset,
          owner: members.find(owns)?.clientId ?? null,
          cursors: own.slice(0, CURSORS_MAX).map(({ endpoint, offset }) => ({ endpoint, offset })),
          cursor_count: own.length,
        };
      });
    const offsets = views.reduce((sum, { start, end }) => sum + end - start, 0);
    return { topic, offsets, readers: readers.get(topic) ?? null, partitions: views };
  });
}
