import { isSetAside } from '../../common/model/file-progress.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';

/** Treatment of a file, by other files of the same content. */
export type ContentVerdict =
  | { readonly kind: 'first' }
  | { readonly kind: 'same'; readonly as: FileProgress }
  /** The other file may fail or withdraw yet: look again later. */
  | { readonly kind: 'wait'; readonly for: FileProgress }
  /**
   * The file waits as with `wait`, and the other one must be able to see that it is not about to be
   * read.
   */
  | { readonly kind: 'withdraw'; readonly for: FileProgress };

/**
 * Decides for a file whose content and id are written in the log, and read back with all that was
 * there before: then of two readers at least one sees the other. A file is passed over only when
 * another of its content is done, because one that is being read may fail. Of files that claim
 * their content at the same time, the one with the smallest id waits until the others have
 * withdrawn, and they withdraw: so somebody always goes on.
 *
 * @param others the newest progress of every other file with the same content
 */
export function contentVerdict(id: string, others: readonly FileProgress[]): ContentVerdict {
  const relevant = others.filter(isDeliveredOrMayBe).sort((a, b) => (a.id < b.id ? -1 : 1));
  const done = relevant.find(({ state }) => state === 'done');
  if (done) return { kind: 'same', as: done };
  // A file that is set aside may be so for ever, and must not hold the others back.
  const claims = relevant.filter((other) => other.state === 'reading' && !isSetAside(other));
  // A later file that has begun goes on, and an earlier one comes first in any case.
  const first = claims.find((other) => other.resume !== undefined) ?? claims[0];
  if (!first) return { kind: 'first' };
  const isAhead = first.resume !== undefined || first.id < id;
  return { kind: isAhead ? 'withdraw' : 'wait', for: first };
}

/** The first file of the same content that was or will be delivered. */
export function earliestOf(others: readonly FileProgress[]): FileProgress | undefined {
  return others.filter(isDeliveredOrMayBe).sort((a, b) => (a.id < b.id ? -1 : 1))[0];
}

/**
 * A file that failed or was cancelled did not deliver all of its rows, and one that was passed over
 * none.
 */
function isDeliveredOrMayBe({ state, cancelledAt, warnings }: FileProgress): boolean {
  if (cancelledAt !== undefined) return false;
  return state !== 'failed' && !warnings.some(({ code }) => code === 'same_content_skipped');
}
