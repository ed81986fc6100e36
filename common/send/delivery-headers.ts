import { DELIVERY_CONTENT_TYPE, HEADER } from '../model/delivery.ts';
import type { Delivery } from '../model/delivery.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { sign } from '../security/signature.ts';
import { asCloudEvent } from './cloud-events.ts';
import type { EndpointSettings } from './endpoint-settings.ts';

/** The parts of a delivery that its headers are made of. */
export type Sendable = Pick<Delivery, 'id' | 'body' | 'attempt'> & {
  readonly record: Pick<LogRecord, 'headers'>;
};

/**
 * The headers of one attempt, names and values in turn, signed with the time of this attempt, and
 * its body in the form that the endpoint wants.
 *
 * @param traceparent that of the attempt; absent: that of the record
 */
export function deliveryContent(
  delivery: Sendable,
  settings: Pick<EndpointSettings, 'keys' | 'headers' | 'cloudEvents'>,
  userAgent: string,
  nowMs: number,
  traceparent?: string,
): { readonly headers: string[]; readonly body: Buffer } {
  const { id, body, record } = delivery;
  const { cloudEvents } = settings;
  if (!cloudEvents) {
    return { headers: deliveryHeaders(delivery, settings, userAgent, nowMs, traceparent), body };
  }
  const type = record.headers[HEADER.eventType];
  const event = { id, source: cloudEvents.source, type, contentType: contentTypeOf(record), body };
  const written = asCloudEvent(event, cloudEvents.format);
  const sent = { ...delivery, body: written.body, contentType: written.contentType };
  const headers = deliveryHeaders(sent, settings, userAgent, nowMs, traceparent);
  headers.push(...written.headers);
  return { headers, body: written.body };
}

/**
 * The headers of one attempt, names and values in turn, signed with the time of this attempt.
 *
 * @param traceparent that of the attempt; absent: that of the record
 */
function deliveryHeaders(
  { id, body, attempt, contentType, record }: Sendable & { readonly contentType?: string },
  { keys, headers: further }: Pick<EndpointSettings, 'keys' | 'headers'>,
  userAgent: string,
  nowMs: number,
  traceparent = record.headers[HEADER.traceparent],
): string[] {
  const given = record.headers;
  const timestampS = Math.floor(nowMs / 1_000);
  const headers = [
    'webhook-id',
    id,
    'webhook-timestamp',
    String(timestampS),
    'webhook-attempt',
    String(attempt),
    'content-type',
    contentType ?? contentTypeOf(record),
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

function contentTypeOf({ headers }: Sendable['record']): string {
  return headers[HEADER.contentType] ?? DELIVERY_CONTENT_TYPE;
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
