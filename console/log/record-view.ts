import { z } from 'zod';
import { count, time } from '../../common/http/describe.ts';
import { describeUndecodable } from '../../common/kafka/log-record.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';

/** A record as the API shows it. */
export const RecordView = z
  .object({
    partition: count,
    offset: count,
    at: time.describe('time of the record'),
    key: z.string().nullable(),
    headers: z.record(z.string(), z.string()),
    bytes: count.nullable().describe('length of the value; null: there is none'),
    value: z.string().nullable().describe('the value as text; null: none, or it is not UTF-8'),
    value_base64: z.string().nullable().describe('the value where it is not UTF-8'),
    value_cut: z.boolean().describe('true: only the beginning of the value is shown'),
    error: z.string().nullable().describe('why the record cannot be read; null: it can'),
  })
  .meta({ id: 'LogRecord' });
export type RecordView = Readonly<z.infer<typeof RecordView>>;

/** Bytes of a value that a list shows. */
export const SHOWN_BYTES_MAX = 64 * 1024;

const utf8 = new TextDecoder('utf-8', { fatal: true });

/** Shows a record; a value that is not text is shown as base64. */
export function recordView(record: LogRecord): RecordView {
  const { partition, offset, key, headers, value, timestampMs, undecodable } = record;
  const shown = value?.subarray(0, SHOWN_BYTES_MAX) ?? null;
  const isCut = value !== null && value.length > SHOWN_BYTES_MAX;
  const text = shown === null ? null : textOf(shown, isCut);
  return {
    ...{ partition, offset, key, headers: { ...headers } },
    at: new Date(timestampMs).toISOString(),
    bytes: value?.length ?? null,
    value: text,
    value_base64: shown !== null && text === null ? shown.toString('base64') : null,
    value_cut: isCut,
    error: undecodable ? describeUndecodable(undecodable) : null,
  };
}

/** @param isCut a character at the end may have lost some of its bytes, of four at most */
function textOf(bytes: Buffer, isCut: boolean): string | null {
  for (let less = 0; less <= (isCut ? 3 : 0); less += 1) {
    try {
      return utf8.decode(bytes.subarray(0, bytes.length - less));
    } catch {
      // The next try leaves out another byte.
    }
  }
  return null;
}
