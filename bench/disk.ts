import { readdirSync, statSync } from 'node:fs';
import { join } from 'node:path';

const BLOCK_BYTES = 512;

/**
 * Returns the disk space of the files below a folder, in MiB, counting the folders that hold files
 * and are wanted; NaN where there is no folder. Files that are deleted meanwhile do not count.
 */
export function diskMiB(root: string | null, isWanted: (folder: string) => boolean): number {
  if (root === null) return NaN;
  const bytesIn = (folder: string, name: string): number => {
    try {
      return readdirSync(folder, { withFileTypes: true }).reduce((sum, entry) => {
        const path = join(folder, entry.name);
        if (entry.isDirectory()) return sum + bytesIn(path, entry.name);
        return sum + (isWanted(name) ? statSync(path).blocks * BLOCK_BYTES : 0);
      }, 0);
    } catch {
      return 0;
    }
  };
  return Math.round(bytesIn(root, '') / 1024 ** 2);
}
