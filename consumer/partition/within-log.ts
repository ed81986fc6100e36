import {
  decodeCommitMark,
  encodeCommitMark,
} from '../../common/kafka/positions/commit-metadata.ts';
import { clip, progress } from './ranges.ts';

/** Position that a group has committed in a partition. */
interface Position {
  readonly offset: number;
  readonly metadata: string;
}

/**
 * A position in a log of which retention has taken the beginning: what lies beyond that and is
 * finished stays known, though the offset is no longer in the log.
 *
 * @param low the first offset that is still in the log
 */
export function withinLog(committed: Position, low: number): Position {
  if (committed.offset >= low) return committed;
  const mark = decodeCommitMark(committed.offset, committed.metadata);
  if (!mark) return { offset: low, metadata: '' };
  const { offset, done } = progress(low, clip(mark.done, low), []);
  const retries = mark.retries.filter((retry) => retry.offset >= offset);
  return { offset, metadata: encodeCommitMark(offset, { ...mark, done, retries }).text };
}
