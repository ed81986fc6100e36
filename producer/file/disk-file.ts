import { open } from 'node:fs/promises';
import { messageOf } from '../../common/base/errors.ts';
import type { StoredFile } from './file-store.ts';
import { UnfitFileError } from './unfit-file.ts';

/** The disk or the file will not answer otherwise tomorrow: no reason to try again. */
const UNREADABLE = new Set(['EACCES', 'EPERM', 'EISDIR', 'EIO', 'ELOOP', 'ENXIO']);

/**
 * Opens a file of the disk.
 *
 * @throws UnfitFileError the file is gone, or the disk does not give it; else what Node says
 */
export async function openDiskFile(path: string | Buffer): Promise<StoredFile> {
  const handle = await open(path, 'r').catch(throwUnfit);
  try {
    const { size: bytes } = await handle.stat();
    return {
      bytes,
      read: async (target, position) => {
        const reading = handle.read(target, 0, target.length, position);
        return (await reading.catch(throwUnfit)).bytesRead;
      },
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}

function throwUnfit(error: unknown): never {
  const code = (error as Partial<NodeJS.ErrnoException>).code ?? '';
  if (code === 'ENOENT') throw new UnfitFileError('file_missing', 'the file is gone');
  if (UNREADABLE.has(code)) throw new UnfitFileError('file_unreadable', messageOf(error));
  throw error;
}
