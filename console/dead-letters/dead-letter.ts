import { DLQ_HEADER, HEADER, deliveryIdOf } from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { redrives } from './redrive-filter.ts';
import type { DeadLetter } from './schemas.ts';

/** A dead letter as the view of them keeps it: with its time in ms since 1970. */
export type DeadLetterRow = Omit<DeadLetter, 'died_at'> & { readonly diedAtMs: number };

/** Reads a record of the dead-letter topic; whatever its headers hold, it is shown. */
export function toDeadLetter(record: LogRecord): DeadLetterRow {
  const { headers, key, partition, offset, timestampMs } = record;
  return {
    id: deliveryIdOf(record) || null,
    user: key,
    subscription: headers[HEADER.subscription] ?? null,
    event_type: headers[HEADER.eventType] ?? null,
    status: wholeNumber(headers[HEADER.lastStatus]),
    error: headers[DLQ_HEADER.message] ?? '',
    attempts: wholeNumber(headers[HEADER.attempt]) ?? 0,
    redrives: redrives(record),
    diedAtMs: timestampMs,
    partition,
    offset,
  };
}

/** A dead letter for the API. */
export function deadLetterView({ diedAtMs, ...row }: DeadLetterRow): DeadLetter {
  return { ...row, died_at: new Date(diedAtMs).toISOString() };
}

function wholeNumber(text: string | undefined): number | null {
  return /^\d{1,9}$/.test(text ?? '') ? Number(text) : null;
}
