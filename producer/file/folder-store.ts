import { join } from 'node:path';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import { claimedName } from '../../common/model/file-names.ts';
import { openDiskFile } from './disk-file.ts';
import type { FileStore } from './file-store.ts';
import { archive } from './outcome-files.ts';

/** The files that the inbox folder and uploads claimed: they lie in `processing/`. */
export function createFolderStore(dirs: DataDirs): FileStore {
  return {
    open: ({ id, name }) => openDiskFile(join(dirs.processing, claimedName(id, name))),
    archive: (_file, progress) => archive(progress, dirs),
  };
}
