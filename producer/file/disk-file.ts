import { open } from 'node:fs/promises';
import type { StoredFile } from './file-store.ts';

/** Opens a file of the disk. @throws what the file system says */
export async function openDiskFile(path: string | Buffer): Promise<StoredFile> {
  const handle = await open(path, 'r');
  try {
    const { size: bytes } = await handle.stat();
    return {
      bytes,
      read: async (target, position) =>
        (await handle.read(target, 0, target.length, position)).bytesRead,
      close: () => handle.close(),
    };
  } catch (error) {
    await handle.close();
    throw error;
  }
}
