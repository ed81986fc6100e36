import { mkdir, open, rename, rm } from 'node:fs/promises';
import type { FileHandle } from 'node:fs/promises';
import { dirname } from 'node:path';
import { CSV_HEADER, createRowSource } from './csv-rows.ts';
import type { GenerateOptions } from './generate-args.ts';

export interface Generated {
  readonly rows: number;
  readonly bytes: number;
}

const BUFFER_BYTES = 1024 ** 2;

/**
 * Writes a CSV beside its place as `.part` and renames it when it is whole, so that nobody reads
 * half a file. The memory used does not depend on the size.
 *
 * @param signal ends the work between two writes
 * @throws what stopped it, an abort included; the `.part` file is gone then
 */
export async function generateFile({
  target,
  out,
  users,
  seed,
  signal,
  onProgress = () => {},
}: GenerateOptions & {
  signal?: AbortSignal;
  onProgress?: (done: Generated) => void;
}): Promise<Generated> {
  const part = `${out}.part`;
  const source = createRowSource({ users, seed });
  const rowsTarget = target.kind === 'rows' ? target.rows : Infinity;
  const bytesTarget = target.kind === 'bytes' ? target.bytes : Infinity;
  await mkdir(dirname(out), { recursive: true });
  const file = await open(part, 'w');
  try {
    const buffer = Buffer.allocUnsafe(BUFFER_BYTES);
    let done = { rows: 0, bytes: await writeAll(file, Buffer.from(CSV_HEADER)) };
    while (done.rows < rowsTarget && done.bytes < bytesTarget) {
      signal?.throwIfAborted();
      const rowsMax = rowsTarget - done.rows;
      const filled = source.fill(buffer, { rowsMax, bytesMax: bytesTarget - done.bytes });
      await writeAll(file, buffer.subarray(0, filled.bytes));
      done = { rows: done.rows + filled.rows, bytes: done.bytes + filled.bytes };
      onProgress(done);
    }
    await file.close();
    await rename(part, out);
    return done;
  } catch (error) {
    await file.close();
    await rm(part, { force: true });
    throw error;
  }
}

/** A single write may take less than all of it when the disk is nearly full. */
async function writeAll(file: FileHandle, bytes: Buffer): Promise<number> {
  for (let at = 0; at < bytes.length;) at += (await file.write(bytes, at)).bytesWritten;
  return bytes.length;
}
