import { parseFileRowId } from '../../common/model/delivery.ts';

/** Hint in the id of a delivery to the place of its record. */
export type IdHint =
  /** `FILE-ROW`: a row of a file. */
  | { readonly kind: 'row'; readonly fileId: string; readonly row: number }
  /**
   * The id begins with a ULID, as the ids of the API do: it tells about when the record was
   * written, in ms.
   */
  | { readonly kind: 'time'; readonly atMs: number }
  /**
   * `TOPIC-PARTITION-OFFSET`: another program wrote the record, without an id; behind it, for an
   * event of a source topic, the id of a subscription.
   */
  | {
      readonly kind: 'place';
      readonly topic: string;
      readonly partition: number;
      readonly offset: number;
    }
  /** An `Idempotency-Key` gave it, or another program. */
  | { readonly kind: 'other' };

const ULID_DIGITS = '0123456789ABCDEFGHJKMNPQRSTVWXYZ';
const ULID_TIME_LENGTH = 10;
/** Alone, or followed by the id of a subscription. */
const BEGINS_WITH_ULID = /^[0-7][0-9A-HJKMNP-TV-Z]{25}(?:-|$)/;

/** @param topics that another program may have written deliveries or events to */
export function hintOf(id: string, topics: readonly string[]): IdHint {
  const row = parseFileRowId(id);
  if (row) return { kind: 'row', ...row };
  if (BEGINS_WITH_ULID.test(id)) return { kind: 'time', atMs: ulidTimeMs(id) };
  const [, topic = '', partition, offset] =
    /^(.+)-(\d{1,6})-(\d{1,15})(?:-sub_\w+)?$/.exec(id) ?? [];
  if (!topics.includes(topic)) return { kind: 'other' };
  return { kind: 'place', topic, partition: Number(partition), offset: Number(offset) };
}

/** When a ULID was made, ms since 1970. @see https://github.com/ulid/spec#encoding */
export function ulidTimeMs(id: string): number {
  let timeMs = 0;
  for (const digit of id.slice(0, ULID_TIME_LENGTH)) {
    timeMs = timeMs * ULID_DIGITS.length + ULID_DIGITS.indexOf(digit);
  }
  return timeMs;
}
