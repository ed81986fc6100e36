import { decodeTime } from 'ulid';
import type { FileProgress, FileWarning } from '../../common/model/file-progress.ts';
import { contentVerdict, earliestOf } from './same-content.ts';
import { addWarnings } from './warnings.ts';
import type { KnownContents } from './known-contents.ts';

interface Deps {
  readonly contents: KnownContents;
  /** Treatment of a file whose content was delivered before. */
  readonly onSameContent: 'deliver' | 'skip';
  /** Writes the file's progress in a transaction of its own. */
  readonly write: (progress: FileProgress) => Promise<void>;
}

/** Another file of the same content comes first, and may fail yet: try again later. */
export class SameContentBeingRead extends Error {}

/**
 * Compares a file's content with that of every file known, before its first row is delivered.
 *
 * @param file  its progress, with `sha256` and before its first row
 * @returns the progress to go on with; `done` when the file is passed over
 * @throws SameContentBeingRead another file of the same content comes first and is not done yet
 */
export async function recogniseContent(file: FileProgress, deps: Deps): Promise<FileProgress> {
  const { contents, onSameContent, write } = deps;
  const { id, sha256 } = file;
  if (sha256 === undefined) return file;
  const verdict = () => contentVerdict(id, contents.others(id, sha256));
  if (onSameContent === 'deliver') {
    contents.begin(file);
    const earliest = earliestOf(contents.others(id, sha256));
    if (!earliest || earliest.id > id) return file;
    return withSame(file, earliest, 'same_content', 'delivered once more');
  }
  let found = verdict();
  let hasClaimed = file.state === 'reading';
  if (found.kind === 'first' || found.kind === 'wait') {
    // Written first and looked up then, so that of two producers at least one sees the other.
    await write({ ...file, state: 'reading' });
    hasClaimed = true;
    await contents.caughtUp();
    found = verdict();
  }
  if (found.kind === 'withdraw' && hasClaimed) await write({ ...file, state: 'queued' });
  if (found.kind === 'first') return file;
  if (found.kind !== 'same') {
    const { name, id: otherId } = found.for;
    throw new SameContentBeingRead(`${name} (${otherId}) has the same content and comes first`);
  }
  const skipped = withSame(file, found.as, 'same_content_skipped', 'not delivered');
  const nowIso = new Date().toISOString();
  return {
    ...skipped,
    state: 'done',
    bytesRead: file.bytes,
    startedAt: nowIso,
    finishedAt: nowIso,
  };
}

function withSame(
  file: FileProgress,
  { id, name }: FileProgress,
  code: FileWarning['code'],
  outcome: string,
): FileProgress {
  const at = new Date(decodeTime(id)).toISOString();
  const setting = `ON_SAME_CONTENT=${code === 'same_content' ? 'deliver' : 'skip'}`;
  const message = `same content as ${name} of ${at}; ${outcome} (${setting})`;
  return {
    ...file,
    sameContentAs: { id, name, at },
    warnings: addWarnings(file.warnings, [{ code, message }]),
  };
}
