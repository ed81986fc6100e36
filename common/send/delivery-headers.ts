import { DELIVERY_CONTENT_TYPE, HEADER } from '../model/delivery.ts';
import type { Delivery } from '../model/delivery.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { sign } from '../security/signature.ts';
import type { EndpointSettings } from './endpoint-settings.ts';

/** The parts of a delivery that its headers are made of. */
export type Sendable = Pick<Delivery, 'id' | 'body' | 'attempt'> & {
  readonly record: Pick<LogRecord, 'headers'>;
};

/**
 * The headers of one attempt, names and values in turn, signed with the time of this attempt.
 *
 * @param traceparent that of the attempt; absent: that of the record
 */
export function deliveryHeaders(
  { id, body, attempt, record: { headers: given } }: Sendable,
  { keys, headers: further }: Pick<EndpointSettings, 'keys' | 'headers'>,
  userAgent: string,
  nowMs: number,
  traceparent = given[HEADER.traceparent],
): string[] {
  const timestampS = Math.floor(nowMs / 1_000);
  const headers = [
    'webhook-id',
    id,
    'webhook-timestamp',
    String(timestampS),
    'webhook-attempt',
    String(attempt),
    'content-type',
    given[HEADER.contentType] ?? DELIVERY_CONTENT_TYPE,
    'user-agent',
    userAgent,
  ];
  const signature = signatureOf({ id, timestampS, body }, keys, nowMs);
  if (signature !== '') headers.push('webhook-signature', signature);
  passOn(headers, HEADER.eventType, given[HEADER.eventType]);
  passOn(headers, HEADER.traceparent, traceparent);
  passOn(headers, HEADER.replay, given[HEADER.replay]);
  for (const text of further) headers.push(text);
  return headers;
}

/** @returns an empty text when there is no secret */
function signatureOf(
  message: Parameters<typeof sign>[1],
  all: EndpointSettings['keys'],
  nowMs: number,
): string {
  let signatures = '';
  for (const { keys, untilMs } of all) {
    if (nowMs >= untilMs) continue;
    if (signatures !== '') signatures += ' ';
    signatures += sign(keys, message);
  }
  return signatures;
}

function passOn(headers: string[], name: string, value: string | undefined): void {
  if (value !== undefined) headers.push(name, value);
}
