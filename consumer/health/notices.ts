import type { Alarm } from '../../common/model/consumer-state.ts';
import type { TopicWatch } from '../../common/topics/topic-watch.ts';

/** Names a deliveries topic that has more partitions than the settings ask for. */
export function partitionNotices(
  topic: string,
  { partitions, partitionsBeyondSettings }: TopicWatch,
): readonly Alarm[] {
  if (partitionsBeyondSettings === 0) return [];
  const asked = partitions - partitionsBeyondSettings;
  const detail =
    `${topic} has ${partitions} partitions where PARTITIONS says ${asked}: all of them are ` +
    `delivered, and its retry and dead-letter topics have as many; set PARTITIONS=${partitions}`;
  return [{ kind: 'partitions-followed', detail }];
}
