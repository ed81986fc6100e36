import { DLQ_HEADER, HEADER, deliveryIdOf } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { formatPosition } from '../../common/model/place.ts';
import type { Position } from '../../common/model/place.ts';
import type { Outcome } from '../../common/send/outcome.ts';

/** Kafka header values stay short enough to read in any tool. */
const MESSAGE_CHARS_MAX = 500;

export interface HandOff {
  readonly group: string;
  /** Attempts made so far. */
  readonly attemptsMade: number;
  readonly nowMs: number;
  readonly status: number | null;
  readonly message: string;
}

/**
 * A record for a retry topic or the dead-letter topic: what it keeps of the original, and what is
 * added.
 */
export interface HandedOff {
  readonly partition: number;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

interface Retry {
  readonly attempt: number;
  readonly dueAtMs: number;
  /** Where the delivery lies for its receiver; null: nobody knows that. */
  readonly place: Position | null;
}

/** The record for the retry topic; `attempt` is the number of the attempt to make there. */
export function toRetry(
  record: LogRecord,
  handOff: HandOff,
  { attempt, dueAtMs, place }: Retry,
): HandedOff {
  return handedOff(record, handOff, {
    [HEADER.attempt]: String(attempt),
    [HEADER.dueAt]: String(dueAtMs),
    ...(place ? { [HEADER.position]: formatPosition(place) } : {}),
  });
}

/** The record for the dead-letter topic; `wh-attempt` then says how many attempts were made. */
export function toDeadLetter(record: LogRecord, handOff: HandOff): HandedOff {
  const dead = handedOff(record, handOff, { [HEADER.attempt]: String(handOff.attemptsMade) });
  const { [HEADER.dueAt]: _none, [HEADER.position]: _past, ...headers } = dead.headers;
  return { ...dead, headers };
}

function handedOff(
  record: LogRecord,
  { group, attemptsMade, nowMs, status, message }: HandOff,
  added: Readonly<Record<string, string>>,
): HandedOff {
  const { partition, key, value, headers } = record;
  return {
    ...{ partition: record.copyTo ?? partition, key, value },
    headers: {
      [HEADER.id]: deliveryIdOf(record),
      ...headers,
      // The origin is set once: it leads back to the record as it was first written.
      [DLQ_HEADER.topic]: headers[DLQ_HEADER.topic] ?? record.topic,
      [DLQ_HEADER.partition]: headers[DLQ_HEADER.partition] ?? String(record.partition),
      [DLQ_HEADER.offset]: headers[DLQ_HEADER.offset] ?? String(record.offset),
      [DLQ_HEADER.group]: group,
      [DLQ_HEADER.deliveryCount]: String(attemptsMade),
      [DLQ_HEADER.message]: message.slice(0, MESSAGE_CHARS_MAX),
      [HEADER.firstFailedAt]: headers[HEADER.firstFailedAt] ?? String(nowMs),
      [HEADER.lastStatus]: status === null ? '' : String(status),
      ...added,
    },
  };
}

/**
 * Returns the record without its error message, which takes room and is in the log of attempts,
 * too.
 */
export function withoutMessage<Record extends Pick<HandedOff, 'headers'>>(record: Record): Record {
  const { [DLQ_HEADER.message]: _message, ...headers } = record.headers;
  return { ...record, headers };
}

/** The HTTP status of an outcome, null when there was no answer. */
export function statusOf(outcome: Outcome): number | null {
  return outcome.kind === 'unreachable' ? null : outcome.status;
}
