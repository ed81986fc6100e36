import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataDirs } from '../../common/data-dirs.ts';
import { claimedName, isCandidate, shortenName } from './decide/file-name.ts';
import type { Sight } from './decide/settle.ts';
import { inodeOf } from './writers.ts';

/** A file seen in the inbox. */
export interface Candidate extends Sight {
  /** Bytes, because a name on disk need not be valid UTF-8. */
  readonly path: Buffer;
  /** The path as a text that no other path shares. */
  readonly key: string;
  readonly name: string;
}

/** A file in `processing/` that has an id. */
export interface Claimed {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly inode: string;
}

/** The files of the inbox that may be read one day. */
export async function lookAtInbox({ inbox }: DataDirs): Promise<readonly Candidate[]> {
  const names = await readdir(inbox, { encoding: 'buffer' });
  const folder = Buffer.from(`${inbox}/`);
  const found: Candidate[] = [];
  for (const bytes of names) {
    const name = bytes.toString();
    if (!isCandidate(name)) continue;
    const path = Buffer.concat([folder, bytes]);
    const stats = await lstat(path).catch(() => null);
    // Folders, links, pipes: only what is a file of its own can be moved away safely.
    if (!stats?.isFile()) continue;
    const { size, mtimeMs } = stats;
    const inode = inodeOf(stats);
    found.push({ path, key: path.toString('latin1'), name, size, mtimeMs, inode });
  }
  // By name, so that the ids of files that came together sort as the names do.
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/**
 * Makes a file ours. The rename is atomic: of several processes exactly one wins.
 *
 * @returns null when another was quicker or the file is gone
 */
export async function claim(
  candidate: Candidate,
  id: string,
  dirs: DataDirs,
): Promise<Claimed | null> {
  const name = shortenName(candidate.name);
  const path = join(dirs.processing, claimedName(id, name));
  try {
    await rename(candidate.path, path);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  // Not what was seen before: its writer may have added a last line, and closed it, since then.
  const { size: bytes } = await lstat(path);
  return { id, name, bytes, inode: candidate.inode };
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
