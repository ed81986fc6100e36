import type { Cursor } from '../../common/kafka/consume/cursor-store.ts';
import { decodeCursorMark } from '../../common/kafka/positions/cursor-mark.ts';
import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';
import { clip, progress, union } from './ranges.ts';
import type { Progress } from './ranges.ts';
import type { Tracked } from './offset-tracker.ts';
import { EndpointBacklog } from './endpoint-backlog.ts';
import type { PartitionState } from './partition-state.ts';

/**
 * Returns the finished offsets of an endpoint, as its backlog and the head of the partition know
 * them.
 */
export function progressOf(
  root: PartitionState,
  name: string,
  before: Pick<EndpointBacklog, 'progress' | 'until'> | undefined,
  unfinished: readonly Tracked[],
): Progress {
  const offsets = unfinished.map(({ offset }) => offset);
  const { commitPoint, position } = root.tracker;
  const doneAtHead = root.tracker.doneBeyondOf(name);
  if (!before) {
    const point = offsets[0] ?? Math.max(position, commitPoint);
    return progress(point, clip(doneAtHead, point), offsets);
  }
  const { offset, done } = before.progress;
  // Records that the head finished before the endpoint was attached were only passed over.
  const from = before.until ?? Infinity;
  const known = union([{ start: from, end: commitPoint }], clip(doneAtHead, from));
  return progress(offset, union(done, known), offsets);
}

/**
 * A backlog as the last owner of its partition, or a reset, has left it. Of one that was attached
 * and is not over the head may read a user's next delivery before this is read again, which would
 * send it too early: it is detached once more.
 */
export function backlogFrom(root: PartitionState, { endpoint, offset, metadata }: Cursor) {
  root.cursors.set(endpoint, offset);
  const mark = decodeCursorMark(offset, metadata);
  const nothing = { left: null, countedTo: offset, sinceMs: 0, retries: [], done: [] };
  // An operator who has moved the cursor wants the delivered records to be delivered again.
  const known = mark ?? { ...nothing, attemptsFromMs: root.cursorsReadAtMs };
  const { done } = known;
  root.delivered.forgetBefore(endpoint, mark ? known.attemptsFromMs : Infinity);
  const isNew = ({ start }: OffsetRange) =>
    !done.some((range) => range.start <= start && start < range.end);
  const made = root.delivered.rangesOf(endpoint, offset).filter(isNew);
  // The count `left` leaves out the deliveries beyond `countedTo`.
  const counted = made.filter(({ start }) => start < (mark?.countedTo ?? offset)).length;
  const left = typeof mark?.left === 'number' ? Math.max(0, mark.left - counted) : null;
  const until = mark?.until ?? null;
  const before = { progress: progress(offset, union(done, made), []), until };
  const isOver = until !== null && before.progress.offset >= until;
  // Thousands would hold up the first commit of the head, so these are only renewed in time.
  const isDurable = mark !== null && made.length === 0 && (until === null || isOver);
  return new EndpointBacklog({
    ...known,
    ...{ endpoint, root, left, started: [], until: isOver ? until : null, isDurable },
    progress: isOver ? before.progress : progressOf(root, endpoint, before, []),
  });
}
