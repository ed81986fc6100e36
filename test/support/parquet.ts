import { brotliCompressSync, gzipSync, zstdCompressSync } from 'node:zlib';
import type { ParquetWriteOptions } from 'hyparquet-writer';
import { parquetWriteBuffer } from 'hyparquet-writer';

/** Codecs that a file can be made with here. */
export const CODECS = ['UNCOMPRESSED', 'SNAPPY', 'GZIP', 'ZSTD', 'BROTLI'] as const;

const compressors = { GZIP: gzipSync, ZSTD: zstdCompressSync, BROTLI: brotliCompressSync };

type Options = Partial<Pick<ParquetWriteOptions, 'codec' | 'rowGroupSize' | 'pageSize' | 'schema'>>;

/** Makes a Parquet file of columns. */
export function parquet(
  columnData: ParquetWriteOptions['columnData'],
  options: Options = {},
): Buffer {
  return Buffer.from(parquetWriteBuffer({ columnData, compressors, ...options } as never));
}

/** Makes a Parquet file of rows that say their number. */
export function parquetRows(rows: number, options: Options = {}): Buffer {
  const numbers = Array.from({ length: rows }, (_, n) => n + 1);
  return parquet(
    [
      { name: 'user_id', data: numbers.map((n) => `user-${n % 50}`), type: 'STRING' },
      { name: 'alert_message', data: numbers.map((n) => `row ${n}`), type: 'STRING' },
      { name: 'n', data: numbers.map(BigInt), type: 'INT64' },
    ],
    options,
  );
}
