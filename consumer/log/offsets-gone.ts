import type { Alarm } from '../../common/model/consumer-state.ts';

/**
 * Returns the alarm about partitions that are held until a person says where to go on; none if no
 * partition is held.
 *
 * @param held partitions without an offset, by topic
 * @param lanes the topics of the deliveries
 */
export function offsetsGone(
  held: ReadonlyMap<string, readonly number[]>,
  lanes: readonly string[],
): readonly Alarm[] {
  if (held.size === 0) return [];
  const topics = [...held.keys()].sort();
  const where = topics.map((topic) => `${topic}/${held.get(topic)?.join(',')}`);
  // Without a topic a reset moves both lanes, and sets the offsets that the retry topics have lost.
  const of = lanes.every((lane) => held.has(lane))
    ? ''
    : ` with --topic ${topics.join(' and then --topic ')}`;
  const detail =
    `the group has lost its offsets of ${where.join(', ')}, though it had begun there: nothing of ` +
    'these is sent until you say from where. Stop the consumers, run `npm run reset -- --to ' +
    `<time, earliest or latest>\`${of}, and start them again`;
  return [{ kind: 'offsets-gone', detail }];
}
