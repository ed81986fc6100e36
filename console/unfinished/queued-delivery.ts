import { DEFAULT_ENDPOINT_ID } from '../../common/subscriptions/default-endpoint.ts';
import { HEADER, deliveryIdOf, fanOutIdPrefix } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { addressedTo, isFanOut } from '../../common/subscriptions/fan-out.ts';
import type { Recipients } from '../../common/subscriptions/fan-out.ts';

/** A delivery that a record of the log asks for. */
export interface QueuedDelivery {
  readonly id: string;
  /** null: WEBHOOK_URL. */
  readonly subscription: string | null;
  /** The subscription's id, or `default`. */
  readonly endpoint: string;
  readonly key: string;
  readonly eventType: string | null;
  /** Earliest time of the next attempt, ms since 1970; null: at once. */
  readonly dueAtMs: number | null;
  readonly record: LogRecord;
}

/**
 * The deliveries that a record asks for, an event one for each subscription that takes it; none
 * when it stands for a batch that cannot be read.
 *
 * @param id only this one
 */
export function deliveriesIn(
  record: LogRecord,
  recipients: Pick<Recipients, 'of'>,
  id?: string,
): readonly QueuedDelivery[] {
  if (record.undecodable) return [];
  if (!isFanOut(record)) return recipients.of(record).map(() => deliveryOf(record));
  const eventId = deliveryIdOf(record);
  const isOther = id !== undefined && id !== eventId;
  if (isOther && !id.startsWith(fanOutIdPrefix(eventId))) return [];
  return recipients.of(record).map((subscription) => deliveryOf(addressedTo(subscription, record)));
}

function deliveryOf(record: LogRecord): QueuedDelivery {
  const subscription = record.headers[HEADER.subscription] ?? null;
  const dueAt = record.headers[HEADER.dueAt] ?? '';
  return {
    id: deliveryIdOf(record),
    subscription,
    endpoint: subscription ?? DEFAULT_ENDPOINT_ID,
    key: record.key ?? '',
    eventType: record.headers[HEADER.eventType] ?? null,
    dueAtMs: /^\d{1,15}$/.test(dueAt) ? Number(dueAt) : null,
    record,
  };
}
