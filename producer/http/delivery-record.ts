import { HEADER } from '../../common/model/delivery.ts';
import { partitionOf } from '../../common/kafka/produce/partitioner.ts';
import type { OutgoingRecord } from '../../common/kafka/ports.ts';

/** A delivery that a request asks for, to be made once. */
export interface DeliveryRequest {
  readonly id: string;
  readonly userId: string | null;
  /** null: WEBHOOK_URL. */
  readonly subscription: string | null;
  /** An event, for each subscription that takes its type. */
  readonly isFanOut?: true;
  readonly eventType: string | null;
  /** null: JSON. */
  readonly contentType: string | null;
  readonly traceparent: string | null;
  readonly body: Buffer | string;
}

/**
 * The record of a delivery, or of an event: one user's, else one subscription's, lie in one
 * partition. An event without a user has no key, and so no place among others.
 */
export function deliveryRecord(
  requested: DeliveryRequest,
  topic: string,
  partitions: number,
): OutgoingRecord {
  const { id, userId, subscription, isFanOut = false, body } = requested;
  const place = userId ?? subscription ?? id;
  const key = isFanOut ? userId : place;
  const headers: Record<string, string> = { [HEADER.id]: id };
  if (isFanOut) headers[HEADER.fanOut] = '1';
  if (subscription !== null) headers[HEADER.subscription] = subscription;
  if (requested.eventType !== null) headers[HEADER.eventType] = requested.eventType;
  if (requested.contentType !== null) headers[HEADER.contentType] = requested.contentType;
  if (requested.traceparent !== null) headers[HEADER.traceparent] = requested.traceparent;
  return { topic, partition: partitionOf(place, partitions), key, value: body, headers };
}
