import { DEFAULT_ENDPOINT_ID } from './default-endpoint.ts';
import type { SubscriptionTable } from './default-endpoint.ts';
import { takesType } from '../model/event-types.ts';
import { HEADER, deliveryIdOf } from '../model/delivery.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import type { Subscription } from '../model/subscription.ts';

/**
 * An event is one record in the log, however many subscriptions take its type. Who reads it matches
 * it with the subscriptions as they are then, and makes a delivery to each one of it.
 */

/** Value of the header `wh-fan-out` of an event that is for the endpoint of WEBHOOK_URL, too. */
export const FOR_DEFAULT_TOO = 'default';

export function isFanOut({ headers }: Pick<LogRecord, 'headers'>): boolean {
  return headers[HEADER.fanOut] !== undefined;
}

/** Begins the ids of all deliveries of an event. */
export function fanOutIdPrefix(record: LogRecord): string {
  return `${deliveryIdOf(record)}-`;
}

/**
 * The delivery of an event to one subscription: as if a record for it alone lay at the same place.
 * It has an id of its own, as two subscriptions may lead to one receiver.
 */
export function addressedTo(subscription: string, record: LogRecord): LogRecord {
  const { [HEADER.fanOut]: _, ...headers } = record.headers;
  if (subscription === DEFAULT_ENDPOINT_ID) return { ...record, headers };
  const id = fanOutIdPrefix(record) + subscription;
  return {
    ...record,
    key: record.key ?? subscription,
    headers: { ...headers, [HEADER.id]: id, [HEADER.subscription]: subscription },
  };
}

/** The endpoint that a record names: a subscription's id, or `default`. */
export function endpointOf({ headers }: Pick<LogRecord, 'headers'>): string {
  return headers[HEADER.subscription] ?? DEFAULT_ENDPOINT_ID;
}

type Table = Pick<SubscriptionTable, 'get' | 'entries' | 'onChange' | 'defaultEndpoint'>;

/** Types for which the matching subscriptions are remembered; anybody may send a new type. */
const TYPES_MAX = 1_000;

/** Knows for whom the records of the log are, as the subscriptions are now. */
export class Recipients {
  private readonly table: Table;
  private readonly idOf: (topic: string) => string;
  private readonly byType = new Map<string | null, readonly Subscription[]>();

  /** @param idOf Kafka's id of a topic; '' where it is not known */
  constructor(table: Table, idOf: (topic: string) => string) {
    this.table = table;
    this.idOf = idOf;
    table.onChange(() => this.byType.clear());
  }

  /** The endpoints that a record is for: those that are disabled, too, but no deleted one. */
  of(record: LogRecord): readonly string[] {
    if (isFanOut(record)) {
      const ids = this.takersOf(typeOf(record)).map(({ id }) => id);
      const all = isForDefaultToo(record) ? [...ids, DEFAULT_ENDPOINT_ID] : ids;
      return all.filter((id) => record.offset >= this.beginOf(id, record));
    }
    const endpoint = endpointOf(record);
    return record.offset < this.beginOf(endpoint, record) ? [] : [endpoint];
  }

  /** Whether a record is for one endpoint. */
  isFor(endpoint: string, record: LogRecord): boolean {
    if (record.offset < this.beginOf(endpoint, record)) return false;
    if (!isFanOut(record)) return endpointOf(record) === endpoint;
    if (endpoint === DEFAULT_ENDPOINT_ID) return isForDefaultToo(record);
    return takesEvent(this.table.get(endpoint), record);
  }

  /** Offset in a partition at which an endpoint's records begin. */
  beginOf(endpoint: string, { topic, partition }: Pick<LogRecord, 'topic' | 'partition'>): number {
    const { table } = this;
    const isDefault = endpoint === DEFAULT_ENDPOINT_ID;
    const { begins = null } = (isDefault ? table.defaultEndpoint() : table.get(endpoint)) ?? {};
    const place = begins?.[topic];
    if (!place) return 0;
    const now = this.idOf(topic);
    const isSameLog = now === '' || place.topicId === '' || now === place.topicId;
    return isSameLog ? (place.offsets[partition] ?? 0) : 0;
  }

  private takersOf(type: string | null): readonly Subscription[] {
    const known = this.byType.get(type);
    if (known) return known;
    if (this.byType.size >= TYPES_MAX) this.byType.clear();
    const takers = [...this.table.entries()]
      .map(([, subscription]) => subscription)
      .filter(({ state, eventTypes }) => state !== 'deleted' && takesType(eventTypes, type));
    this.byType.set(type, takers);
    return takers;
  }
}

function isForDefaultToo({ headers }: LogRecord): boolean {
  return headers[HEADER.fanOut] === FOR_DEFAULT_TOO;
}

/** Whether an event is of a type that a subscription takes. */
export function takesEvent(subscription: Subscription | undefined, event: LogRecord): boolean {
  if (!subscription || subscription.state === 'deleted') return false;
  return takesType(subscription.eventTypes, typeOf(event));
}

function typeOf({ headers }: LogRecord): string | null {
  return headers[HEADER.eventType] ?? null;
}
