import { DLQ_HEADER, HEADER, deliveryIdOf } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { redrives } from './redrive-filter.ts';

/** A dead letter as `GET /dead-letters` shows it. */
export interface DeadLetter {
  /** null: the header is empty, and the record can never be delivered. */
  readonly id: string | null;
  /** The record's key: the user, else the subscription. */
  readonly user: string | null;
  /** null: the default endpoint. */
  readonly subscription: string | null;
  readonly eventType: string | null;
  /** HTTP status of the last attempt; null when there was no answer. */
  readonly status: number | null;
  readonly error: string;
  readonly attempts: number;
  /** How often it was put back before. */
  readonly redrives: number;
  /** ms since 1970. */
  readonly diedAt: number;
  /** Position in the dead-letter topic. */
  readonly partition: number;
  readonly offset: number;
}

/** Reads a record of the dead-letter topic; whatever its headers hold, it is shown. */
export function toDeadLetter(record: LogRecord): DeadLetter {
  const { headers, key, partition, offset, timestampMs } = record;
  return {
    id: deliveryIdOf(record) || null,
    user: key,
    subscription: headers[HEADER.subscription] ?? null,
    eventType: headers[HEADER.eventType] ?? null,
    status: wholeNumber(headers[HEADER.lastStatus]),
    error: headers[DLQ_HEADER.message] ?? '',
    attempts: wholeNumber(headers[HEADER.attempt]) ?? 0,
    redrives: redrives(record),
    diedAt: timestampMs,
    partition,
    offset,
  };
}

function wholeNumber(text: string | undefined): number | null {
  return /^\d{1,9}$/.test(text ?? '') ? Number(text) : null;
}
