import { decodeCommitMark } from './commit-metadata.ts';

/**
 * Counts the offsets of a partition that are not finished: a commit stands before the first
 * unfinished record, and its metadata names what is finished behind it.
 *
 * @param committed null when the group never committed this partition
 * @param low       first offset that is still in the log
 * @param high      offset after the last record
 */
export function countUnfinished(
  committed: { readonly offset: number | null; readonly metadata: string },
  { low, high }: { readonly low: number; readonly high: number },
): number {
  const { offset, metadata } = committed;
  const from = Math.max(offset ?? low, low);
  const done = offset === null ? [] : (decodeCommitMark(offset, metadata)?.done ?? []);
  const finished = done.reduce((sum, { start, end }) => {
    return sum + Math.max(0, Math.min(end, high) - Math.max(start, from));
  }, 0);
  return Math.max(0, high - from) - finished;
}
