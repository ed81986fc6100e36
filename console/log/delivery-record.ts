import { addressedTo, isFanOut } from '../../common/subscriptions/fan-out.ts';
import { HEADER, deliveryIdOf, isMalformed, parseDelivery } from '../../common/model/delivery.ts';
import type { LogRecord, Position } from '../../common/kafka/log-record.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { originHeaders } from '../republish/origin-headers.ts';

/** The places at which the record of a delivery may lie, without repeats. */
export function placesOf(all: readonly Position[]): readonly Position[] {
  const byName = new Map(
    all.map(({ topic, partition, offset }) => [
      `${topic}/${partition}/${offset}`,
      { topic, partition, offset },
    ]),
  );
  return [...byName.values()];
}

/**
 * Makes the record that sends a delivery once more, under its id and as if it had never been tried.
 *
 * @param read the record of the delivery, or of the event that it belongs to
 * @returns why there can be no such record, as a text
 */
export function resentRecord(
  read: LogRecord,
  { topic, subscription }: { readonly topic: string; readonly subscription: string | null },
): OutgoingRecord | string {
  const isEvent = isFanOut(read) && subscription !== null;
  const record = isEvent ? addressedTo(subscription, read) : read;
  const { partition, key, value } = record;
  const redrives = Number(/^\d{1,9}$/.exec(record.headers[HEADER.redrives] ?? '')?.[0] ?? 0);
  const headers = {
    [HEADER.id]: deliveryIdOf(record),
    ...originHeaders(record.headers),
    // A replay counts the original, and leaves out what was put back.
    [HEADER.redrives]: String(redrives + 1),
  };
  const parsed = parseDelivery({ ...record, headers });
  return isMalformed(parsed) ? parsed.reason : { topic, partition, key, value, headers };
}
