import type { CursorStore } from '../../common/kafka/consume/cursor-store.ts';
import type { GroupView } from '../../common/kafka/admin/group-view.ts';
import { cursorProgress, progressOf } from './positions.ts';
import type { CursorProgress, PartitionPosition } from './positions.ts';

interface Deps {
  /** View of the delivery group. */
  readonly view: Pick<GroupView, 'committed' | 'bounds'>;
  readonly cursors: Pick<CursorStore, 'load'>;
}

/**
 * Loads how far the consumers are in some topics. The head is read before the cursors: an endpoint
 * that falls behind meanwhile then counts as unfinished from the older head on.
 *
 * @returns partitions in the order of the topics, ascending
 */
export async function loadPositions(
  { view, cursors }: Deps,
  topics: readonly string[],
): Promise<readonly PartitionPosition[]> {
  const committed = await view.committed(topics);
  const bounds = await Promise.all(topics.map((topic) => view.bounds(topic)));
  const partitions = topics.map((topic, n): [string, number[]] => [
    topic,
    [...(bounds[n]?.keys() ?? [])].sort((a, b) => a - b),
  ]);
  const behind = await cursors.load(new Map(partitions));
  const byPlace = Map.groupBy(behind, ({ topic, partition }) => `${topic}/${partition}`);
  return partitions.flatMap(([topic, numbers], n) =>
    numbers.map((partition) => {
      const { low, high } = bounds[n]?.get(partition) ?? { low: 0, high: 0 };
      const own = byPlace.get(`${topic}/${partition}`) ?? [];
      return {
        ...{ topic, partition, low, high },
        head: progressOf(committed.get(topic, partition), { low, high }),
        cursors: new Map(
          own.map((cursor): [string, CursorProgress] => [cursor.endpoint, cursorProgress(cursor)]),
        ),
      };
    }),
  );
}
