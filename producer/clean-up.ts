import { readdir, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import type { DataDirs } from '../common/config/data-dirs.ts';
import { UPLOAD_PREFIX } from './http/store-upload.ts';

/** A part that nobody has written to for this long belongs to no upload any more. */
const ABANDONED_MS = 3_600_000;

/** Removes parts of uploads that a crash left behind. */
export async function removeAbandonedUploads({ processing }: DataDirs): Promise<void> {
  for (const name of await readdir(processing)) {
    if (!name.startsWith(UPLOAD_PREFIX)) continue;
    const path = join(processing, name);
    const found = await stat(path).catch(() => null);
    if (found && Date.now() - found.mtimeMs > ABANDONED_MS) await rm(path, { force: true });
  }
}
