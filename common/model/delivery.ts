import { describeUndecodable } from '../kafka/log-record.ts';
import type { LogRecord, Position } from '../kafka/log-record.ts';
import type { Place } from './place.ts';

/**
 * A delivery as a Kafka record: the value is the body, byte for byte; all else is in string
 * headers, so that any Kafka tool can read it. Absent headers have the meaning stated here.
 */
export const HEADER = {
  /**
   * The id on the wire, the same for every attempt, redrive and replay; absent, as in records that
   * other programs write: where the record lies, see `deliveryIdOf`.
   */
  id: 'webhook-id',
  /** Subscription id; absent: the default endpoint WEBHOOK_URL. */
  subscription: 'wh-subscription',
  /** Present: an event, for each subscription that takes its type; see fan-out.ts. */
  fanOut: 'wh-fan-out',
  eventType: 'event-type',
  /** Absent: application/json. */
  contentType: 'content-type',
  traceparent: 'traceparent',
  /** Id of the replay that wrote this copy. */
  replay: 'webhook-replay',
  /** 1-based number of the attempt to make next; absent: 1. */
  attempt: 'wh-attempt',
  /** Earliest time of the next attempt, ms since 1970. */
  dueAt: 'wh-due-at',
  /** ms since 1970. */
  firstFailedAt: 'wh-first-failed-at',
  /** HTTP status of the last attempt; empty when there was no answer. */
  lastStatus: 'wh-last-status',
  /** How often a dead letter was put back; absent: 0. */
  redrives: 'wh-redrives',
  /** Position that the attempts of a retry have for its receiver: see `Place`. */
  position: 'wh-position',
  /** Present: the body is encrypted; the id of the user's key that it is encrypted under. */
  userKey: 'wh-user-key',
} as const;

/** Content type of a body whose record names none. */
export const DELIVERY_CONTENT_TYPE = 'application/json';

/** Names that Kafka's own dead-letter support uses (KIP-1191). */
export const DLQ_HEADER = {
  topic: '__dlq.errors.topic',
  partition: '__dlq.errors.partition',
  offset: '__dlq.errors.offset',
  group: '__dlq.errors.group',
  deliveryCount: '__dlq.errors.delivery.count',
  message: '__dlq.errors.message',
} as const;

/** A delivery that the engine makes: a record that was parsed successfully. */
export interface Delivery {
  readonly id: string;
  readonly key: string;
  readonly subscription: string | null;
  readonly body: Buffer;
  /** 1-based number of the attempt to make next. */
  readonly attempt: number;
  readonly dueAtMs: number;
  readonly record: LogRecord;
  /** Set for each attempt; null: nothing is known of what comes again. */
  place?: Place | null;
}

/** Why a record cannot be delivered; a value and not an exception, as it is expected input. */
export interface Malformed {
  readonly kind: 'malformed';
  readonly reason: string;
}

const ULID_CHARS = 26;
const ID_PATTERN = /^[\x21-\x7e]+$/;
const ID_CHARS_MAX = 200;
/** To the id of an event, each of its deliveries adds a hyphen and the id of its subscription. */
const EVENT_ID_CHARS_MAX = ID_CHARS_MAX - '-sub_'.length - ULID_CHARS;
/** Values that can go on the wire unchanged. Any program may have written the record. */
const WIRE_VALUE = /^[\t\x20-\x7e]*$/;

/**
 * Understands a record of the deliveries or a retry topic. Never throws, so that no record can
 * stop a partition.
 */
export function parseDelivery(record: LogRecord): Delivery | Malformed {
  const { headers, undecodable } = record;
  if (undecodable) return malformed(describeUndecodable(undecodable));
  if (record.refused !== undefined) return malformed(record.refused);
  const id = deliveryIdOf(record);
  const idCharsMax = headers[HEADER.fanOut] === undefined ? ID_CHARS_MAX : EVENT_ID_CHARS_MAX;
  if (!ID_PATTERN.test(id) || id.length > idCharsMax) {
    return malformed(`header ${HEADER.id} must be 1 to ${idCharsMax} visible ASCII characters`);
  }
  const unfit = unfitForWire(headers);
  if (unfit !== null) return malformed(`header ${unfit} must be ASCII without line breaks`);
  if (record.value === null) return malformed('the record has no value, so there is no body');
  const attempt = wholeNumber(headers[HEADER.attempt], 1);
  if (attempt === null || attempt < 1) return malformed(`header ${HEADER.attempt} is no number`);
  const dueAtMs = wholeNumber(headers[HEADER.dueAt], 0);
  if (dueAtMs === null) return malformed(`header ${HEADER.dueAt} is no number`);
  return {
    id,
    key: record.key ?? '',
    subscription: headers[HEADER.subscription] ?? null,
    body: record.value,
    attempt,
    dueAtMs,
    record,
  };
}

/**
 * The id of a delivery. A record without one was written by another program: where it was first
 * written serves as its id, because that stays the same however often it is read.
 */
export function deliveryIdOf(record: Pick<LogRecord, 'headers' | keyof Position>): string {
  const { headers } = record;
  const topic = headers[DLQ_HEADER.topic] ?? record.topic;
  const partition = headers[DLQ_HEADER.partition] ?? record.partition;
  const offset = headers[DLQ_HEADER.offset] ?? record.offset;
  return headers[HEADER.id] ?? `${topic}-${partition}-${offset}`;
}

/**
 * Begins the ids of all deliveries of an event; the id of the subscription follows. That to the
 * endpoint of WEBHOOK_URL has the id of the event itself.
 */
export function fanOutIdPrefix(eventId: string): string {
  return `${eventId}-`;
}

/** The id of the event that a delivery may belong to; else its own. */
export function eventIdOf({ headers }: Pick<LogRecord, 'headers'>): string {
  const id = headers[HEADER.id] ?? '';
  const subscription = headers[HEADER.subscription];
  const ending = subscription === undefined ? '' : fanOutIdPrefix('') + subscription;
  return ending !== '' && id.endsWith(ending) ? id.slice(0, -ending.length) : id;
}

export function isMalformed(parsed: Delivery | Malformed): parsed is Malformed {
  return 'kind' in parsed;
}

/**
 * The id of a file row: it sorts by row within its file.
 *
 * @param row 1-based number of the data row
 */
export function fileRowId(fileId: string, row: number): string {
  return `${fileId}-${String(row).padStart(10, '0')}`;
}

/** The file and the row of an id made by `fileRowId`, or null for any other id. */
export function parseFileRowId(id: string): { fileId: string; row: number } | null {
  const match = /^([0-9A-HJKMNP-TV-Z]{26})-(\d{10})$/.exec(id);
  return match ? { fileId: match[1] as string, row: Number(match[2]) } : null;
}

/** Each by its own name: V8 looks up one of several names in turn many times slower. */
function unfitForWire(headers: LogRecord['headers']): string | null {
  if (!isFitForWire(headers[HEADER.eventType])) return HEADER.eventType;
  if (!isFitForWire(headers[HEADER.contentType])) return HEADER.contentType;
  if (!isFitForWire(headers[HEADER.traceparent])) return HEADER.traceparent;
  if (!isFitForWire(headers[HEADER.replay])) return HEADER.replay;
  return null;
}

/** Whether an HTTP header can carry it; what is not there is no hindrance. */
export const isFitForWire = (value: string | undefined) =>
  value === undefined || WIRE_VALUE.test(value);

function malformed(reason: string): Malformed {
  return { kind: 'malformed', reason };
}

function wholeNumber(text: string | undefined, absent: number): number | null {
  if (text === undefined) return absent;
  return /^\d{1,15}$/.test(text) ? Number(text) : null;
}
