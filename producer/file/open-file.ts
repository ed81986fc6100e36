import type { FileError } from '../../common/model/file-progress.ts';
import { rowsKind } from './file-kinds.ts';
import { openSource } from './open-source.ts';
import type { ByteSource } from './byte-source.ts';
import { whyNotText } from './content-kind.ts';
import { understandCsv } from './open-csv.ts';
import { understandJsonLines } from './open-json-lines.ts';
import { openParquet } from './open-parquet.ts';
import { readHead } from './file-head.ts';
import type { Understood } from './file-head.ts';
import type { StoredFile } from './file-store.ts';
import { UnfitFileError } from './unfit-file.ts';

/** A file whose beginning is understood. */
export interface OpenFile extends Understood {
  readonly source: ByteSource;
}

export interface FileLimits {
  readonly fileBytesMax: number;
  readonly recordBytesMax: number;
}

/**
 * Opens a file and understands its beginning.
 *
 * @param name tells rows with separators from JSON lines
 * @returns why it cannot be read, as a value
 */
export async function openFile(
  open: () => Promise<StoredFile>,
  name: string,
  limits: FileLimits,
): Promise<OpenFile | FileError> {
  let opened: { close(): Promise<void> } | null = null;
  try {
    const stored = (opened = await open());
    if (rowsKind(name) === 'parquet') {
      const refused = tooLarge(stored.bytes, limits.fileBytesMax) ?? whenEmpty(stored);
      if (refused === null) return await openParquet(stored, limits.recordBytesMax);
      await stored.close();
      return refused;
    }
    const source = (opened = await openSource(stored));
    const understood = await understand(source, name, limits);
    if (!('code' in understood)) return { ...understood, source };
    await source.close();
    return understood;
  } catch (error) {
    await opened?.close();
    const refused = asFileError(error);
    if (refused) return refused;
    throw error;
  }
}

/** Returns the error of a file that an exception stands for; null when trying again may help. */
export function asFileError(error: unknown): FileError | null {
  return error instanceof UnfitFileError ? error.fileError : null;
}

/** Why a file is too large, or null. */
export function tooLarge(bytes: number, fileBytesMax: number): FileError | null {
  if (bytes <= fileBytesMax) return null;
  const message = `${bytes} bytes are more than ${fileBytesMax} (MAX_FILE_BYTES)`;
  return { code: 'file_too_large', message };
}

function whenEmpty({ bytes }: { readonly bytes: number }): FileError | null {
  return bytes === 0 ? { code: 'file_empty', message: 'the file has no bytes' } : null;
}

async function understand(
  source: ByteSource,
  name: string,
  { fileBytesMax, recordBytesMax }: FileLimits,
): Promise<Understood | FileError> {
  const refused = tooLarge(source.fileBytes, fileBytesMax);
  if (refused) return refused;
  const head = await readHead(source);
  const empty = whenEmpty({ bytes: head.bytes.length });
  if (empty) return empty;
  const notText = whyNotText(head.bytes, head.isWhole);
  if (notText !== null) return { code: 'not_text', message: notText };
  if (rowsKind(name) === 'jsonl') return understandJsonLines(head, recordBytesMax);
  return understandCsv(head, recordBytesMax);
}
