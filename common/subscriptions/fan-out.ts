import { DEFAULT_ENDPOINT_ID } from './default-endpoint.ts';
import type { SubscriptionTable } from './default-endpoint.ts';
import { takesType } from '../model/event-types.ts';
import { HEADER, deliveryIdOf, fanOutIdPrefix } from '../model/delivery.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import type { Subscription } from '../model/subscription.ts';
import { FilterIndex } from '../filter/filter-index.ts';
import { RecordEvent } from '../filter/filtered-event.ts';
import { FilteredCounts } from './filtered-counts.ts';
import { filterOf } from './subscription-filter.ts';
import type { SharedFilter } from './subscription-filter.ts';

/**
 * An event is one record in the log, however many subscriptions take its type. Who reads it matches
 * it with the subscriptions and their filters as they are then, and makes a delivery to each one of
 * it. A record that names its subscription is for that one, whatever its filter says.
 */

/** Value of the header `wh-fan-out` of an event that is for the endpoint of WEBHOOK_URL, too. */
export const FOR_DEFAULT_TOO = 'default';

export function isFanOut({ headers }: Pick<LogRecord, 'headers'>): boolean {
  return headers[HEADER.fanOut] !== undefined;
}

/**
 * The delivery of an event to one subscription: as if a record for it alone lay at the same place.
 * It has an id of its own, as two subscriptions may lead to one receiver.
 */
export function addressedTo(subscription: string, record: LogRecord): LogRecord {
  const { [HEADER.fanOut]: _, ...headers } = record.headers;
  if (subscription === DEFAULT_ENDPOINT_ID) return { ...record, headers };
  const id = fanOutIdPrefix(deliveryIdOf(record)) + subscription;
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

/** A subscription that takes a type. */
interface Taker {
  readonly id: string;
  readonly filter: SharedFilter | null;
}

/** All subscriptions that take a type. */
interface Takers {
  readonly all: readonly Taker[];
  /** Null: none of them has a filter. */
  readonly index: FilterIndex | null;
}

type OnLeftOut = (subscription: string) => void;

/** Decrypts the body of a record where need be; null: it cannot be read. */
export type Open = (record: LogRecord) => LogRecord | null;

/** Knows for whom the records of the log are, as the subscriptions are now. */
export class Recipients {
  private readonly table: Table;
  private readonly idOf: (topic: string) => string;
  private readonly open: Open;
  private readonly lifeOf: (topic: string) => string;
  private readonly byType = new Map<string | null, Takers>();
  /** The event that was last matched with filters: its body is parsed once. */
  private last: { readonly record: LogRecord; readonly event: RecordEvent | null } | null = null;
  readonly filteredCounts = new FilteredCounts();

  /**
   * @param idOf   Kafka's id of a topic; '' where it is not known
   * @param lifeOf digits that tell a source from an earlier one of its topic; '' for our own topics
   */
  constructor(
    table: Table,
    idOf: (topic: string) => string,
    open: Open = (record) => record,
    lifeOf: (topic: string) => string = () => '',
  ) {
    this.table = table;
    this.idOf = idOf;
    this.open = open;
    this.lifeOf = lifeOf;
    table.onChange(() => this.byType.clear());
  }

  /**
   * The endpoints that a record is for: those that are disabled, too, but no deleted one.
   *
   * @param onLeftOut gets the subscriptions that take the type and whose filters leave it out
   */
  of(record: LogRecord, onLeftOut: OnLeftOut = () => {}): readonly string[] {
    if (isFanOut(record)) {
      const { all, index } = this.takersOf(typeOf(record));
      const event = index && this.eventOf(record);
      const candidates = event && index?.candidates(event);
      const ids: string[] = [];
      // A counter and no iterator: an event may have thousands of takers.
      for (let n = 0; n < all.length; n += 1) {
        const { id, filter } = all[n] as Taker;
        if (record.offset < this.beginOf(id, record)) continue;
        // The delivery of a body that cannot be read ends with the reason.
        const isTaken = filter === null || !event || (candidates?.[n] === 1 && filter.takes(event));
        if (isTaken) ids.push(id);
        else onLeftOut(id);
      }
      const isForDefault =
        isForDefaultToo(record) && record.offset >= this.beginOf(DEFAULT_ENDPOINT_ID, record);
      return isForDefault ? [...ids, DEFAULT_ENDPOINT_ID] : ids;
    }
    const endpoint = endpointOf(record);
    return record.offset < this.beginOf(endpoint, record) ? [] : [endpoint];
  }

  /**
   * Whether a record is for one endpoint.
   *
   * @param onLeftOut is called when it would be without the filter
   */
  isFor(endpoint: string, record: LogRecord, onLeftOut: OnLeftOut = () => {}): boolean {
    if (record.offset < this.beginOf(endpoint, record)) return false;
    if (!isFanOut(record)) return endpointOf(record) === endpoint;
    if (endpoint === DEFAULT_ENDPOINT_ID) return isForDefaultToo(record);
    const subscription = this.table.get(endpoint);
    if (!takesTypeOf(subscription, record)) return false;
    const filter = filterOf(subscription);
    const event = filter && this.eventOf(record);
    const isTaken = !filter || !event || filter.takes(event);
    if (!isTaken) onLeftOut(endpoint);
    return isTaken;
  }

  /** Whether an endpoint looks at the bodies of events. */
  hasFilter(endpoint: string): boolean {
    const subscription = this.table.get(endpoint);
    return subscription !== undefined && filterOf(subscription) !== null;
  }

  /** Offset in a partition at which an endpoint's records begin. */
  beginOf(endpoint: string, { topic, partition }: Pick<LogRecord, 'topic' | 'partition'>): number {
    const { table } = this;
    const isDefault = endpoint === DEFAULT_ENDPOINT_ID;
    const { begins = null } = (isDefault ? table.defaultEndpoint() : table.get(endpoint)) ?? {};
    const place = begins?.[topic];
    if (!place) return 0;
    const now = this.idOf(topic);
    const isSameLog = isSame(place.topicId, now) && isSame(place.life ?? '', this.lifeOf(topic));
    return isSameLog ? (place.offsets[partition] ?? 0) : 0;
  }

  private eventOf(record: LogRecord): RecordEvent | null {
    if (this.last?.record !== record) {
      const opened = this.open(record);
      this.last = { record, event: opened && new RecordEvent(opened) };
    }
    return this.last.event;
  }

  private takersOf(type: string | null): Takers {
    const known = this.byType.get(type);
    if (known) return known;
    if (this.byType.size >= TYPES_MAX) this.byType.clear();
    const all = [...this.table.entries()]
      .map(([, subscription]) => subscription)
      .filter(({ state, eventTypes }) => state !== 'deleted' && takesType(eventTypes, type))
      .map((subscription) => ({ id: subscription.id, filter: filterOf(subscription) }));
    const filters = all.map(({ filter }) => filter?.filter ?? null);
    const index = filters.some((filter) => filter !== null) ? new FilterIndex(filters) : null;
    const takers = { all, index };
    this.byType.set(type, takers);
    return takers;
  }
}

/** Whether two ids are the same; '' stands for one that is not known. */
function isSame(id: string, now: string): boolean {
  return id === '' || now === '' || id === now;
}

/** Whether an event is for the endpoint of WEBHOOK_URL, besides the subscriptions. */
export function isForDefaultToo({ headers }: LogRecord): boolean {
  return headers[HEADER.fanOut] === FOR_DEFAULT_TOO;
}

/** Whether an event is one that a subscription takes, by its type and by its filter. */
export function takesEvent(
  subscription: Subscription | undefined,
  event: LogRecord,
  open: Open,
): boolean {
  if (!takesTypeOf(subscription, event)) return false;
  const filter = filterOf(subscription);
  const opened = filter && open(event);
  return !filter || !opened || filter.takes(new RecordEvent(opened));
}

function takesTypeOf(
  subscription: Subscription | undefined,
  event: LogRecord,
): subscription is Subscription {
  if (!subscription || subscription.state === 'deleted') return false;
  return takesType(subscription.eventTypes, typeOf(event));
}

function typeOf({ headers }: LogRecord): string | null {
  return headers[HEADER.eventType] ?? null;
}
