import { Parser } from 'csv-parse';
import type { CsvError } from 'csv-parse';

/** Format of the records of one file. */
export interface CsvFormat {
  readonly delimiter: string;
  /** A longer record is given up, so that a stray quote cannot swallow the file. */
  readonly recordBytesMax: number;
}

export interface FileRecord {
  readonly fields: readonly string[];
  /** Why the record could not be parsed, or null. */
  readonly fault: string | null;
  /** Offset in the file of the byte after the record and its line break. */
  readonly end: number;
}

/** Takes the bytes of a file from a place on, and gives its records. */
export interface BlockParser {
  /** @returns why the parser gave up, after which it is of no more use; null when all is well */
  feed(bytes: Buffer): string | null;
  /** The end of the file: a last record without a line break is complete. @returns as `feed` */
  finish(): string | null;
  /** The records completed since the last call. */
  takeRecords(): FileRecord[];
}

/** @param base offset in the file of the first byte that will be fed */
export type NewParser = (base: number) => BlockParser;

/** Fault of a record whose quote is still open at the end of the file. */
export const QUOTE_NOT_CLOSED = 'a quote that is never closed';

/**
 * csv-parse without its object stream, which would take longer than the parsing: records are
 * handed over within the call that completes them, together with the byte at which they end.
 */
export class RecordParser extends Parser implements BlockParser {
  /** Offset in the file of the first byte fed. */
  private readonly base: number;
  private readonly recordBytesMax: number;
  private records: FileRecord[] = [];

  constructor({ delimiter, recordBytesMax }: CsvFormat, base: number) {
    super({
      delimiter,
      // The last one is what a program makes of CRLF that turns each LF into CRLF once more.
      record_delimiter: ['\n', '\r\n', '\r\r\n'],
      max_record_size: recordBytesMax,
      relax_column_count: true,
      skip_empty_lines: true,
    });
    this.base = base;
    this.recordBytesMax = recordBytesMax;
  }

  override push(fields: readonly string[] | null): boolean {
    if (fields !== null) {
      this.records.push({ fields, fault: null, end: this.base + this.info.bytes });
    }
    return true;
  }

  feed(bytes: Buffer): string | null {
    let fault: string | null = null;
    this._transform(bytes, 'utf8', (error) => {
      if (error) fault = this.describe(error);
    });
    return fault;
  }

  finish(): string | null {
    let fault: string | null = null;
    this._flush((error) => {
      if (error) fault = this.describe(error);
    });
    return fault;
  }

  takeRecords(): FileRecord[] {
    const taken = this.records;
    this.records = [];
    return taken;
  }

  private describe(error: Error): string {
    switch ((error as Partial<CsvError>).code as string) {
      case 'INVALID_OPENING_QUOTE':
        return 'a quote inside a field that is not quoted';
      case 'CSV_INVALID_CLOSING_QUOTE':
        return 'text after a closing quote';
      case 'CSV_QUOTE_NOT_CLOSED':
        return QUOTE_NOT_CLOSED;
      case 'CSV_MAX_RECORD_SIZE':
        return `longer than ${this.recordBytesMax} bytes, or a quote that is never closed`;
      default:
        return error.message;
    }
  }
}
