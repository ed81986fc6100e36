import type { ParquetParsers } from 'hyparquet';
import { JsonText, UnfitValue, dayText, instantText, utf8Text } from './parquet-values.ts';

/**
 * Parsers of values whose type is more than their bytes. An error within the library would be one
 * of the whole file, so a value that cannot be sent is held until its row is rendered.
 */
export const PARSERS = {
  timestampFromMilliseconds: held((millis: bigint) => instantText(millis, 1_000_000n)),
  timestampFromMicroseconds: held((micros: bigint) => instantText(micros, 1_000n)),
  timestampFromNanoseconds: held((nanos: bigint) => instantText(nanos, 1n)),
  dateFromDays: held(dayText),
  stringFromBytes: held(utf8Text),
  jsonFromBytes: held((bytes: Uint8Array) => new JsonText(utf8Text(bytes))),
} satisfies Partial<ParquetParsers>;

function held<Raw, Value>(parse: (raw: Raw) => Value) {
  return (raw: Raw | null | undefined): Value | UnfitValue | null => {
    if (raw === null || raw === undefined) return null;
    try {
      return parse(raw);
    } catch (error) {
      if (error instanceof UnfitValue) return error;
      throw error;
    }
  };
}
