import { open } from 'node:fs/promises';
import { endsUnfinished } from './decide/file-end.ts';
import type { FileKind } from './decide/file-kinds.ts';

/**
 * Looks at the end of a file: is more of it to come?
 *
 * @param tailBytes as much as the longest row that is read may take
 * @returns false also where the file cannot be read: whoever reads it will say why
 */
export async function isUnfinished(
  path: Buffer,
  kind: FileKind,
  tailBytes: number,
): Promise<boolean> {
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
