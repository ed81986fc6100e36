import { brotliDecompressSync, gunzipSync, zstdDecompressSync } from 'node:zlib';
import { parquetMetadataAsync, parquetRead, parquetSchema } from 'hyparquet';
import type { AsyncBuffer, Compressors, FileMetaData } from 'hyparquet';
import { compressors as libraryCompressors } from 'hyparquet-compressors';
import { BrokenArchiveError } from './decompressed-source.ts';
import { parquetColumns, whyRowGroupTooLarge, withRawTypes } from './parquet-columns.ts';
import type { ParquetColumns } from './parquet-columns.ts';
import { PARSERS } from './parquet-parsers.ts';
import { UnfitFileError } from './unfit-file.ts';

/** Text that is made at once, apart from its last row: a dictionary holds a long one only once. */
const TEXT_LENGTH = 4 * 1024 ** 2;
/** Rows that are decoded at once, by their average in the row group and by the texts before. */
const WINDOW = { bytes: 2 * 1024 ** 2, textLength: TEXT_LENGTH, rowsFirst: 100, rowsMax: 10_000 };
/** The library decodes a whole column of lists for each window, so there are fewer windows. */
const NESTED = { bytes: 2 ** 24, textLength: 2 ** 25, rowsFirst: 10_000, rowsMax: 100_000 };
const GROWTH_MAX = 4;
/** No writer makes larger pages: they are some 1 MiB. */
const PAGE_BYTES_MAX = 64 * 1024 ** 2;

/** Node's own decompressors take the place of those that are written in JavaScript. */
const COMPRESSORS = guarded({
  ...libraryCompressors,
  GZIP: (input) => gunzipSync(input, { maxOutputLength: PAGE_BYTES_MAX }),
  BROTLI: (input) => brotliDecompressSync(input, { maxOutputLength: PAGE_BYTES_MAX }),
  ZSTD: (input) => zstdDecompressSync(input, { maxOutputLength: PAGE_BYTES_MAX }),
});

function guarded(compressors: Compressors): Compressors {
  const entries = Object.entries(compressors).map(([codec, decompress]) => [
    codec,
    (input: Uint8Array, bytes: number) => {
      // An empty page is one byte in LZ4, which the library does not take.
      if (bytes === 0) return new Uint8Array();
      if (bytes > PAGE_BYTES_MAX) throw new Error(`a page of ${bytes} bytes is too large`);
      return decompress(input, bytes);
    },
  ]);
  return Object.fromEntries(entries) as Compressors;
}

/** Some rows as lines of JSON. */
export interface DecodedRows {
  readonly text: string;
  /** Number of the row behind them, from 0. */
  readonly nextRow: number;
}

/** A Parquet file whose schema is understood. It is used in a thread of its own only. */
export class ParquetDecoder {
  readonly rows: number;
  private readonly file: AsyncBuffer;
  private readonly metadata: FileMetaData;
  private readonly columns: ParquetColumns;
  private readonly window: typeof WINDOW;
  private windowRows: number;
  /** Rows that are decoded and no text yet, from `restStart` on. */
  private rest: unknown[][] = [];
  private restStart = 0;

  private constructor(file: AsyncBuffer, metadata: FileMetaData, columns: ParquetColumns) {
    this.file = file;
    this.metadata = metadata;
    this.columns = columns;
    this.window = columns.isNested ? NESTED : WINDOW;
    this.windowRows = this.window.rowsFirst;
    this.rows = metadata.row_groups.reduce((sum, { num_rows: rows }) => sum + Number(rows), 0);
  }

  /** @throws UnfitFileError the reason is one of this program; else what the library says */
  static async open(file: AsyncBuffer): Promise<ParquetDecoder> {
    const metadata = await parquetMetadataAsync(file, { geoparquet: false });
    const columns = parquetColumns(parquetSchema(metadata));
    if ('invalid' in columns) throw new UnfitFileError('wrong_header', columns.invalid);
    const tooLarge = whyRowGroupTooLarge(metadata);
    if (tooLarge !== null) throw new UnfitFileError('file_too_large', tooLarge);
    const decoder = new ParquetDecoder(file, withRawTypes(metadata), columns);
    if (decoder.rows === Number(metadata.num_rows)) return decoder;
    const message = `its row groups have ${decoder.rows} rows, and it says ${metadata.num_rows}`;
    throw new BrokenArchiveError(`the Parquet file is damaged: ${message}`);
  }

  /** Makes the text of some rows from one on, all of one row group. */
  async rowsFrom(rowStart: number): Promise<DecodedRows> {
    if (rowStart !== this.restStart || this.rest.length === 0) await this.decode(rowStart);
    let text = '';
    let taken = 0;
    for (const row of this.rest) {
      if (text.length >= TEXT_LENGTH) break;
      text += this.columns.line(row);
      taken += 1;
    }
    this.rest = this.rest.slice(taken);
    this.restStart = rowStart + taken;
    const fitting = Math.ceil((this.window.textLength * taken) / text.length);
    this.windowRows = Math.min(this.windowRows * GROWTH_MAX, fitting, this.window.rowsMax);
    return { text, nextRow: this.restStart };
  }

  private async decode(rowStart: number): Promise<void> {
    const { file, metadata } = this;
    const group = this.groupAt(rowStart);
    const averageRows = Math.ceil((this.window.bytes * group.rows) / Math.max(1, group.bytes));
    const rowEnd = Math.min(group.end, rowStart + Math.min(this.windowRows, averageRows));
    this.rest = [];
    this.restStart = rowStart;
    const found: unknown[][] = [];
    await parquetRead({
      ...{ file, metadata, rowStart, rowEnd, utf8: false },
      ...{ compressors: COMPRESSORS, parsers: PARSERS },
      rowFormat: 'array',
      onComplete: (rows) => {
        for (const row of rows) found.push(row);
      },
    });
    if (found.length !== rowEnd - rowStart) {
      throw new Error(`rows from ${rowStart + found.length + 1} on are missing`);
    }
    this.rest = found;
  }

  /** Returns the row group that a row lies in. */
  groupAt(row: number) {
    let start = 0;
    for (const [index, group] of this.metadata.row_groups.entries()) {
      const end = start + Number(group.num_rows);
      if (row < end) {
        return { index, end, rows: Number(group.num_rows), bytes: Number(group.total_byte_size) };
      }
      start = end;
    }
    throw new Error(`there is no row ${row + 1}`);
  }
}
