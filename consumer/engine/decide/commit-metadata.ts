import { decodeOffsetMap, encodeOffsetMap } from './offset-map.ts';
import type { OffsetRange } from './offset-map.ts';

/** What the committer tells the next owner of a partition beside the offset. */
export interface CommitMark {
  /** Client id of the process that committed. */
  readonly owner: string;
  /** It has nothing under way any more: the next owner may begin at once. */
  readonly isReleased: boolean;
  /** Finished ranges beyond the committed offset. */
  readonly done: readonly OffsetRange[];
}

const FORMAT = 'hookline1';

/** @returns the metadata text and how full it is; above 1 the map was cut (offset-map.ts) */
export function encodeCommitMark(
  offset: number,
  { owner, isReleased, done }: CommitMark,
): { text: string; load: number } {
  const map = encodeOffsetMap(offset, done);
  return {
    text: [FORMAT, owner, isReleased ? 'released' : 'held', map.text].join(';'),
    load: map.load,
  };
}

/** @returns null for metadata that is not ours or damaged: everything is then delivered again */
export function decodeCommitMark(offset: number, text: string): CommitMark | null {
  const [format, owner, state, map] = text.split(';');
  if (format !== FORMAT || !owner || map === undefined) return null;
  return { owner, isReleased: state === 'released', done: decodeOffsetMap(offset, map) };
}
