import { PLACE_HEADER, formatPosition } from '../model/place.ts';
import type { Place } from '../model/place.ts';
import { DELIVERY_CONTENT_TYPE, HEADER } from '../model/delivery.ts';
import type { Delivery } from '../model/delivery.ts';
import type { LogRecord } from '../kafka/log-record.ts';
import { sign } from '../security/signature.ts';
import { asCloudEvent } from './cloud-events.ts';
import { messageSignatureHeaders } from '../security/http-signature.ts';
import { slackMessage } from './slack-message.ts';
import type { EndpointSettings } from './endpoint-settings.ts';

/** The parts of a delivery that its headers are made of. */
export type Sendable = Pick<Delivery, 'id' | 'body' | 'attempt'> & {
  readonly record: Pick<LogRecord, 'headers'>;
  /** Absent or null: nothing is said about what comes again. */
  readonly place?: Place | null;
};

/**
 * The headers of one attempt, names and values in turn, signed with the time of this attempt, and
 * its body in the form that the endpoint wants.
 *
 * @param traceparent that of the attempt; absent: that of the record
 */
export function deliveryContent(
  delivery: Sendable,
  settings: ContentSettings,
  userAgent: string,
  nowMs: number,
  traceparent?: string,
): Content {
  const content = settings.bodyForm
    ? eventContent(delivery, settings.bodyForm, (sent) =>
        deliveryHeaders(sent, settings, userAgent, nowMs, traceparent),
      )
    : {
        headers: deliveryHeaders(delivery, settings, userAgent, nowMs, traceparent),
        body: delivery.body,
      };
  const { messageKeys } = settings;
  if (messageKeys && messageKeys.length > 0) signMessage(content, settings, nowMs);
  return content;
}

type Content = { readonly headers: string[]; readonly body: Buffer };
type ContentSettings = Pick<
  EndpointSettings,
  'origin' | 'path' | 'keys' | 'messageKeys' | 'headers' | 'bodyForm'
>;
type Sent = Sendable & { readonly contentType?: string };

/** Headers of a delivery that its message signature covers, and those of its CloudEvent. */
const COVERED =
  /^(content-type|webhook-(id|timestamp|position|settled|replay|redrive)|event-type|ce-.*)$/;

function signMessage(
  { headers, body }: Content,
  { origin, path, messageKeys: all = [] }: ContentSettings,
  nowMs: number,
): void {
  const keys = all.flatMap(({ keys: some, untilMs }) => (nowMs < untilMs ? some : []));
  const fields: [string, string][] = [];
  for (let n = 0; n + 1 < headers.length; n += 2) {
    const [name = '', value = ''] = headers.slice(n, n + 2);
    if (COVERED.test(name)) fields.push([name, value.trim()]);
  }
  const createdS = Math.floor(nowMs / 1_000);
  headers.push(...messageSignatureHeaders({ origin, path, fields, body }, keys, createdS));
}

function eventContent(
  delivery: Sendable,
  bodyForm: NonNullable<EndpointSettings['bodyForm']>,
  headersOf: (sent: Sent) => string[],
): Content {
  const { id, body, record } = delivery;
  const type = record.headers[HEADER.eventType];
  if (bodyForm.format === 'slack') {
    const sent = { ...delivery, body: slackMessage(type, body), contentType: 'application/json' };
    return { headers: headersOf(sent), body: sent.body };
  }
  const event = { id, source: bodyForm.source, type, contentType: contentTypeOf(record), body };
  const written = asCloudEvent(event, bodyForm.format);
  const sent = { ...delivery, body: written.body, contentType: written.contentType };
  const headers = headersOf(sent);
  headers.push(...written.headers);
  return { headers, body: written.body };
}

/**
 * The headers of one attempt, names and values in turn, signed with the time of this attempt.
 *
 * @param traceparent that of the attempt; absent: that of the record
 */
function deliveryHeaders(
  { id, body, attempt, contentType, record, place }: Sent,
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
  const redrives = given[HEADER.redrives];
  if (redrives !== undefined && COUNT.test(redrives)) headers.push(PLACE_HEADER.redrive, redrives);
  if (place) {
    headers.push(PLACE_HEADER.position, formatPosition(place));
    headers.push(PLACE_HEADER.settled, String(place.settled));
  }
  for (const text of further) headers.push(text);
  return headers;
}

/** A record of another program may have anything there. */
const COUNT = /^\d{1,9}$/;

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
