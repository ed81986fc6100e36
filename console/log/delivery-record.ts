import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { addressedTo, isFanOut } from '../../common/subscriptions/fan-out.ts';
import {
  DELIVERY_CONTENT_TYPE,
  HEADER,
  deliveryIdOf,
  isFitForWire,
  isMalformed,
  parseDelivery,
} from '../../common/model/delivery.ts';
import type { LogRecord, Position } from '../../common/kafka/log-record.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';
import { ALL_DEAD_LETTERS } from '../dead-letters/redrive-filter.ts';
import type { RedriveFilter } from '../dead-letters/redrive-filter.ts';
import type { DeliveryView } from '../delivery-log/schemas.ts';
import { originHeaders } from '../republish/origin-headers.ts';

/** The content type of a body; a foreign record may have one that no answer can carry. */
export function bodyContentType(headers: LogRecord['headers']): string {
  const given = headers[HEADER.contentType];
  return isFitForWire(given) ? (given ?? DELIVERY_CONTENT_TYPE) : 'application/octet-stream';
}

/**
 * The dead letter of a delivery. Not by user: a record without a key has none, where its attempts
 * have an empty one.
 */
export function deadLetterOf({
  id,
  subscription,
}: Pick<DeliveryView, 'id' | 'subscription' | 'user'>): RedriveFilter {
  return { ...ALL_DEAD_LETTERS, ids: new Set([id]), subscription };
}

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
  const record = isFanOut(read) ? addressedTo(subscription ?? DEFAULT_ENDPOINT_ID, read) : read;
  const { partition: at, key, value, copyTo: partition = at } = record;
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
