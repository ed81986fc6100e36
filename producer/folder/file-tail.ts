import { open } from 'node:fs/promises';
import { openDiskFile } from '../file/disk-file.ts';
import { openSource } from '../file/open-source.ts';
import { BrokenArchiveError } from '../file/decompressed-source.ts';
import { endsUnfinished } from './file-end.ts';
import type { FileKind } from '../file/file-kinds.ts';

/** A larger archive would keep the folder waiting while it is tried; it rests in any case. */
const ARCHIVE_BYTES_MAX = 16 * 1024 ** 2;

/**
 * Looks at the end of a file: is more of it to come?
 *
 * @param tailBytes as much as the longest row that is read may take
 * @returns false also where the file cannot be read: its reader reports why
 */
export async function isUnfinished(
  path: Buffer,
  kind: FileKind,
  tailBytes: number,
): Promise<boolean> {
  if (kind === 'compressed') return isArchiveUnfinished(path).catch(() => false);
  const handle = await open(path, 'r').catch(() => null);
  if (!handle) return false;
  try {
    const { size } = await handle.stat();
    const bytes = Buffer.allocUnsafe(Math.min(size, tailBytes));
    const { bytesRead } = await handle.read(bytes, 0, bytes.length, size - bytes.length);
    const isWholeFile = bytes.length === size;
    return endsUnfinished(kind, { bytes: bytes.subarray(0, bytesRead), isWholeFile });
  } catch {
    return false;
  } finally {
    await handle.close();
  }
}

/** The end of an archive tells nothing by itself: it must be read from its start. */
async function isArchiveUnfinished(path: Buffer): Promise<boolean> {
  const source = await openSource(await openDiskFile(path));
  try {
    if (source.fileBytes === 0 || source.fileBytes > ARCHIVE_BYTES_MAX) return true;
    const chunk = Buffer.allocUnsafe(64 * 1024);
    for (let position = 0; ;) {
      const bytesRead = await source.read(chunk, position);
      // A small archive may hold very much; what is large rests in any case.
      if (bytesRead === 0 || position > 16 * ARCHIVE_BYTES_MAX) return bytesRead !== 0;
      position += bytesRead;
    }
  } catch (error) {
    if (error instanceof BrokenArchiveError) return true;
    throw error;
  } finally {
    await source.close();
  }
}
