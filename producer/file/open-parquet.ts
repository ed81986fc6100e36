import { BrokenArchiveError } from './decompressed-source.ts';
import type { Understood } from './file-head.ts';
import type { StoredFile } from './file-store.ts';
import { JsonLineParser } from './json-line-parser.ts';
import { parquetRows } from './parquet-row.ts';
import { ParquetSource, readPart } from './parquet-source.ts';
import { UnfitFileError } from './unfit-file.ts';

const MAGIC = 'PAR1';
const MAGIC_BYTES = 4;
/** The magic, the length of the metadata, and the magic again. */
const FILE_BYTES_MIN = 12;
/** Thousands of columns and row groups take less. */
const METADATA_BYTES_MAX = 16 * 1024 ** 2;

/**
 * Opens a Parquet file and understands its schema.
 *
 * @throws UnfitFileError it cannot be read, with the reason; else what the store throws
 */
export async function openParquet(
  stored: StoredFile,
  recordBytesMax: number,
): Promise<Understood & { readonly source: ParquetSource }> {
  await checkEnds(stored);
  return {
    source: await ParquetSource.open(stored),
    rows: parquetRows,
    newParser: (base) => new JsonLineParser(base, recordBytesMax),
    firstRow: { offset: 0, line: 1 },
  };
}

async function checkEnds(stored: StoredFile): Promise<void> {
  const head = Buffer.alloc(Math.min(MAGIC_BYTES, stored.bytes));
  await readPart(stored, head, 0);
  const magic = head.toString('latin1');
  if (magic === 'PARE') throw new UnfitFileError('wrong_format', 'the Parquet file is encrypted');
  if (magic !== MAGIC) {
    const message = `no Parquet file, although its name says so: it does not begin with ${MAGIC}`;
    throw new UnfitFileError('wrong_format', message);
  }
  const end = Buffer.alloc(2 * MAGIC_BYTES);
  if (stored.bytes >= FILE_BYTES_MIN) await readPart(stored, end, stored.bytes - end.length);
  if (end.toString('latin1', MAGIC_BYTES) !== MAGIC) {
    throw new BrokenArchiveError('the Parquet file is cut short; send it again, whole');
  }
  const metadataBytes = end.readUInt32LE(0);
  if (metadataBytes <= METADATA_BYTES_MAX) return;
  const message = `the metadata of ${metadataBytes} bytes are larger than ${METADATA_BYTES_MAX}`;
  throw new UnfitFileError('file_too_large', message);
}
