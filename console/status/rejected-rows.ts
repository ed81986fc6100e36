import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import { basename, join } from 'node:path';
import { Readable } from 'node:stream';
import { HttpProblem } from '../../common/http/problem.ts';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { claimedName, rejectedCsvName } from '../../common/model/file-names.ts';

type Dirs = Pick<DataDirs, 'processing' | 'done' | 'failed'>;

/** The rejected rows of a file as they lie on the disk. */
export interface RejectedRows {
  readonly name: string;
  readonly bytes: number;
  readonly stream: ReadableStream<Uint8Array>;
}

/**
 * Opens the rejected rows of a file: those of a file that is being read up to what was counted.
 *
 * @throws HttpProblem 404
 */
export async function openRejectedRows(progress: FileProgress, dirs: Dirs): Promise<RejectedRows> {
  const { id, name, rejected, resume } = progress;
  if (rejected === 0) throw new HttpProblem(404, `No row of the file ${id} was rejected`);
  const bytes = resume?.rejectedBytes ?? 0;
  for (const path of placesOf(progress, dirs)) {
    const size = await stat(path).then(
      (found) => found.size,
      () => -1,
    );
    // Another file of that name has rows of its own.
    const isOurs = progress.state === 'reading' ? size >= bytes : size === bytes;
    if (!isOurs || bytes === 0) continue;
    const stream = Readable.toWeb(createReadStream(path, { end: bytes - 1 }));
    return { name: rejectedCsvName(name), bytes, stream: stream as ReadableStream<Uint8Array> };
  }
  const detail = `The rejected rows of the file ${id} are not in the data folder of this console`;
  throw new HttpProblem(404, detail);
}

/** Returns where the rows may lie: a file whose name was taken has its id before its name. */
function placesOf({ id, name, state, resume }: FileProgress, dirs: Dirs): readonly string[] {
  const working = resume?.rejectedFile ?? null;
  const inside = (folder: string, file: string) =>
    basename(file) === file ? join(folder, file) : [];
  if (state === 'queued' || state === 'reading') {
    return working === null ? [] : [inside(dirs.processing, working)].flat();
  }
  const folder = state === 'done' ? dirs.done : dirs.failed;
  return [claimedName(id, name), name].flatMap((file) => inside(folder, rejectedCsvName(file)));
}
