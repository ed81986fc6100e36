import { lstatSync } from 'node:fs';
import type { Stats } from 'node:fs';
import { lstat, readdir, rename } from 'node:fs/promises';
import { join } from 'node:path';
import { setImmediate as yieldTurn } from 'node:timers/promises';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import { claimedName } from '../../common/model/file-names.ts';
import { shortenName } from '../file/file-name.ts';
import type { EntryType } from './left.ts';
import type { FileStat } from './stability.ts';
import { inodeOf } from './writers.ts';

/** Anything seen in the inbox. */
export interface Entry extends FileStat {
  /** Bytes, because a name on disk need not be valid UTF-8. */
  readonly path: Buffer;
  /** The path as a text that no other path shares. */
  readonly key: string;
  readonly name: string;
  readonly type: EntryType;
}

/** A file in `processing/` that has an id. */
export interface Claimed {
  readonly id: string;
  readonly name: string;
  readonly bytes: number;
  readonly inode: string;
}

/** Number of files that are looked at before others get their turn. */
const LOOKS_ON_END = 200;

/** All entries of the inbox, by name, so that the ids of files that came together sort so too. */
export async function lookAtInbox({ inbox }: DataDirs): Promise<readonly Entry[]> {
  const names = await readdir(inbox, { encoding: 'buffer' });
  const folder = Buffer.from(`${inbox}/`);
  const found: Entry[] = [];
  for (const [index, bytes] of names.entries()) {
    if (index % LOOKS_ON_END === LOOKS_ON_END - 1) await yieldTurn();
    const path = Buffer.concat([folder, bytes]);
    const stats = look(path);
    if (!stats) continue;
    const { size, mtimeMs } = stats;
    const seen = { size, mtimeMs, inode: inodeOf(stats), type: typeOf(stats) };
    found.push({ path, key: path.toString('latin1'), name: bytes.toString(), ...seen });
  }
  return found.sort((a, b) => (a.name < b.name ? -1 : 1));
}

/** Synchronous, as that takes a tenth of the time. @returns null when it is gone */
function look(path: Buffer): Stats | null {
  try {
    return lstatSync(path);
  } catch {
    return null;
  }
}

function typeOf(stats: Stats): EntryType {
  if (stats.isFile()) return 'file';
  if (stats.isDirectory()) return 'folder';
  return stats.isSymbolicLink() ? 'link' : 'other';
}

/**
 * Makes a file ours. The rename is atomic: of several processes exactly one wins.
 *
 * @returns null when another was quicker or the file is gone
 */
export async function claim(
  { path, name, inode }: Pick<Entry, 'path' | 'name' | 'inode'>,
  id: string,
  dirs: DataDirs,
): Promise<Claimed | null> {
  const short = shortenName(name);
  const claimed = join(dirs.processing, claimedName(id, short));
  try {
    await rename(path, claimed);
  } catch (error) {
    if (isMissing(error)) return null;
    throw error;
  }
  // The earlier result does not count: since then the writer may have added a last line, and closed
  // the file.
  const { size: bytes } = await lstat(claimed);
  return { id, name: short, bytes, inode };
}

function isMissing(error: unknown): boolean {
  return (error as NodeJS.ErrnoException).code === 'ENOENT';
}
