import { createWriteStream } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Busboy } from '@fastify/busboy';
import type { BusboyFileStream, BusboyHeaders } from '@fastify/busboy';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import { messageOf } from '../../common/base/errors.ts';
import { HttpProblem } from '../../common/http/problem.ts';
import type { Logger } from '../../common/base/logger.ts';
import type { Announce } from '../file/announcement.ts';
import { ENDINGS_TEXT } from '../file/file-kinds.ts';
import { claimedName } from '../../common/model/file-names.ts';
import { cleanUploadName } from '../file/file-name.ts';
import { collectBehind } from './collect-behind.ts';

export interface UploadDeps {
  readonly dirs: DataDirs;
  readonly fileBytesMax: number;
  readonly newId: () => string;
  readonly announce: Announce;
  /** False while too much waits for delivery. */
  readonly isAdmitting: () => boolean;
  readonly logger: Logger;
}

/** A part of the upload, on the disk under a name that nobody takes for a file. */
interface Stored {
  readonly id: string;
  readonly name: string;
  readonly path: string;
  readonly bytes: number;
}

export const FILES_MAX = 100;
const ANNOUNCE_DEADLINE_MS = 10_000;

/** Begins the name of a part in `processing/` that is still being written. */
export const UPLOAD_PREFIX = '.upload-';

/** Writes every file of the body; when one is refused or the client goes, none is kept. */
export async function storeAll(
  body: Readable,
  headers: BusboyHeaders,
  deps: UploadDeps,
): Promise<readonly Stored[]> {
  const parts: Promise<Stored>[] = [];
  const streams: BusboyFileStream[] = [];
  const limits = { fileSize: deps.fileBytesMax, files: FILES_MAX, fields: 20, fieldSize: 1_024 };
  try {
    const busboy = new Busboy({ headers, limits });
    // Its types do not say that a part may have no name.
    busboy.on('file', (field, stream, filename: string | undefined) => {
      const part = storeOne(field, stream, filename, deps);
      // The first failure ends the request; the others are settled below.
      part.catch((error: unknown) => busboy.destroy(error as Error));
      parts.push(part);
      streams.push(stream);
    });
    // A part with neither a file name nor a content type is a field for busboy.
    busboy.on('field', (field) => {
      if (field === 'file') busboy.destroy(partProblem(field, undefined) ?? undefined);
    });
    busboy.on('filesLimit', () => {
      busboy.destroy(new HttpProblem(413, `More than ${FILES_MAX} files in one request`));
    });
    collectBehind(body);
    await pipeline(body, busboy);
    const stored = await Promise.all(parts);
    if (stored.length > 0) return stored;
    throw new HttpProblem(400, 'The body has no file in a part named `file`');
  } catch (error) {
    // busboy leaves the files of a body that breaks off open, and their writing would never end.
    for (const stream of streams) stream.destroy();
    const settled = await Promise.allSettled(parts);
    for (const part of settled) {
      if (part.status === 'fulfilled') await rm(part.value.path, { force: true });
    }
    throw error instanceof HttpProblem ? error : asProblem(error);
  }
}

/** Why a part is not taken as a file, whatever its content; null: it is. */
function partProblem(field: string, filename: string | undefined): HttpProblem | null {
  const part = JSON.stringify(field);
  if (field !== 'file') {
    return new HttpProblem(400, `the part ${part}: allowed: files in parts named \`file\``);
  }
  if (filename !== undefined && filename !== '') return null;
  const allowed = `a file name that ends with ${ENDINGS_TEXT}`;
  return new HttpProblem(400, `the part ${part} has no file name: allowed: ${allowed}`);
}

async function storeOne(
  field: string,
  stream: BusboyFileStream,
  filename: string | undefined,
  { dirs, newId, fileBytesMax }: UploadDeps,
): Promise<Stored> {
  const refused = partProblem(field, filename);
  const name = cleanUploadName(filename ?? '');
  if (refused !== null || name === null) {
    stream.resume();
    const detail = `the file name ${JSON.stringify(filename)}: allowed: ${ENDINGS_TEXT} files`;
    throw refused ?? new HttpProblem(415, detail);
  }
  const id = newId();
  const path = join(dirs.processing, `${UPLOAD_PREFIX}${id}.part`);
  const target = createWriteStream(path, { flags: 'wx', flush: true });
  try {
    await pipeline(stream, target);
    if (!stream.truncated) return { id, name, path, bytes: target.bytesWritten };
    throw new HttpProblem(413, `${name} is larger than ${fileBytesMax} bytes (MAX_FILE_BYTES)`);
  } catch (error) {
    await rm(path, { force: true });
    throw error;
  }
}

/**
 * Hands the file to the inbox. From then on the file is safe: if the announcement fails, the
 * watcher repeats it.
 */
export async function take({ id, name, path, bytes }: Stored, deps: UploadDeps) {
  await rename(path, join(deps.dirs.processing, claimedName(id, name)));
  deps.logger.info({ file: id, name, bytes }, 'file.uploaded');
  await deps.announce({ id, name, bytes }, ANNOUNCE_DEADLINE_MS).catch((error: unknown) => {
    deps.logger.warn({ err: messageOf(error), file: id }, 'file.announce-failed');
  });
  return { id, name };
}

/**
 * Returns the problem for an error while a body is read: a fault of the client, unless the disk
 * reports the error.
 */
function asProblem(error: unknown): HttpProblem {
  const code = (error as NodeJS.ErrnoException).code ?? '';
  if (code === 'ENOSPC' || code === 'EDQUOT') return new HttpProblem(507, 'The disk is full');
  if (code.startsWith('E') && code !== 'ECONNRESET' && !code.startsWith('ERR_')) {
    return new HttpProblem(500, 'The file could not be written; the log says why');
  }
  return new HttpProblem(400, `The body is not complete multipart data: ${messageOf(error)}`);
}
