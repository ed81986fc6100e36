import { createHash } from 'node:crypto';
import type { FileError } from '../../common/model/file-progress.ts';
import { bufferBytes } from './byte-source.ts';
import type { ByteSource } from './byte-source.ts';
import { asFileError, tooLarge } from './open-file.ts';

/**
 * Size and hash of a file's text. They depend neither on its name and place nor on its compression.
 */
export interface ContentDigest {
  /** Size of the text. */
  readonly bytes: number;
  /** In hexadecimal, as `sha256sum` prints it. */
  readonly sha256: string;
}

/** On a busy machine each read waits for its turn, so that few large reads are quicker. */
const CHUNK_BYTES = 1024 ** 2;
const ASK_EVERY_BYTES = 64 * 1024 ** 2;

/**
 * Reads a file to its end before any row of it is delivered: a second file of the same content is
 * then known before its first row, an archive that is cut or too large once unpacked fails with
 * nothing delivered, and a reader that goes on in the middle needs no state of a hash.
 *
 * @param mayGoOn asked now and then; false ends it
 * @returns null when it was ended; an error of the file as a value
 */
export async function digestContent(
  source: ByteSource,
  fileBytesMax: number,
  mayGoOn: () => Promise<boolean>,
): Promise<ContentDigest | FileError | null> {
  const hash = createHash('sha256');
  const chunk = Buffer.allocUnsafeSlow(bufferBytes(source, 0, CHUNK_BYTES));
  let bytes = 0;
  try {
    for (let askAt = ASK_EVERY_BYTES; ;) {
      const bytesRead = await source.read(chunk, bytes);
      if (bytesRead === 0) return { bytes, sha256: hash.digest('hex') };
      hash.update(chunk.subarray(0, bytesRead));
      bytes += bytesRead;
      const refused = tooLarge(bytes, fileBytesMax);
      if (refused) return refused;
      if (bytes < askAt) continue;
      askAt = bytes + ASK_EVERY_BYTES;
      if (!(await mayGoOn())) return null;
    }
  } catch (error) {
    const refused = asFileError(error);
    if (refused) return refused;
    throw error;
  }
}
