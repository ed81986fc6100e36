import type { FileProgress } from '../../../common/file-progress.ts';

/** What is to be done with a file, going by other files of the same content. */
export type ContentVerdict =
  | { readonly kind: 'first' }
  | { readonly kind: 'same'; readonly as: FileProgress }
  /** The other file may be delivered or may give way to this one: its reader is about to decide. */
  | { readonly kind: 'wait'; readonly for: FileProgress };

/**
 * Decides for a file whose content and id are written in the log, and read back with all that was
 * there before: then of two readers at least one sees the other. A reader that sees a file with a
 * smaller id gives way; one that sees only larger ids waits for what they decide. As nobody waits
 * for a smaller id, somebody always goes on.
 *
 * @param others the newest progress of every other file with the same content
 */
export function contentVerdict(id: string, others: readonly FileProgress[]): ContentVerdict {
  const relevant = others.filter(isDeliveredOrMayBe).sort((a, b) => (a.id < b.id ? -1 : 1));
  const delivered = relevant.find((other) => other.state === 'done' || other.resume !== undefined);
  if (delivered) return { kind: 'same', as: delivered };
  const [earliest] = relevant;
  if (!earliest) return { kind: 'first' };
  return earliest.id < id ? { kind: 'same', as: earliest } : { kind: 'wait', for: earliest };
}

/** The first file of the same content that was or will be delivered. */
export function earliestOf(others: readonly FileProgress[]): FileProgress | undefined {
  return others.filter(isDeliveredOrMayBe).sort((a, b) => (a.id < b.id ? -1 : 1))[0];
}

/** A file that failed did not deliver all of its rows, and one that was passed over none. */
function isDeliveredOrMayBe({ state, warnings }: FileProgress): boolean {
  return state !== 'failed' && !warnings.some(({ code }) => code === 'same_content_skipped');
}
