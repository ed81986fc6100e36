import type { GroupView } from '../kafka/admin/group-view.ts';
import type { ResetTarget } from '../kafka/admin/reset-offsets.ts';

/**
 * Finds where a place lies now in each partition of a topic; one that is not in the log becomes the
 * nearest one.
 *
 * @returns offsets by partition number
 * @throws BrokerUnavailableError
 */
export async function offsetsOf(
  view: Pick<GroupView, 'bounds' | 'offsetsAt'>,
  topic: string,
  target: ResetTarget,
): Promise<number[]> {
  const bounds = [...(await view.bounds(topic))].sort(([a], [b]) => a - b);
  const atTime = target.kind === 'time' ? await view.offsetsAt(topic, target.atMs) : null;
  return bounds.map(([partition, { low, high }]) => {
    if (target.kind === 'earliest') return low;
    if (target.kind === 'offset') return Math.min(high, Math.max(low, target.offset));
    return atTime?.get(partition) ?? high;
  });
}
