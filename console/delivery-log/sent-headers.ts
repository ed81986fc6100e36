import { USER_AGENT } from '../../common/base/version.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { HEADER } from '../../common/model/delivery.ts';
import { deliveryContent } from '../../common/send/delivery-headers.ts';
import type { EndpointSettings } from '../../common/send/endpoint-settings.ts';
import { parseAnswerHeaders } from '../../common/send/answer-headers.ts';
import { isUnsent } from '../../common/send/outcome.ts';
import type { AttemptRow } from './attempt-row.ts';
import { attemptView } from './delivery-view.ts';
import type { AttemptDetail } from './schemas.ts';

/** Facts about an endpoint's headers. */
export interface EndpointHeaders extends Pick<EndpointSettings, 'bodyForm'> {
  /** Names of the further headers of a subscription. */
  readonly names: readonly string[];
  readonly isSigned: boolean;
}

type Sent = Pick<
  AttemptRow,
  'id' | 'attempt' | 'state' | 'at' | 'latency_ms' | 'event_type' | 'error'
>;

const HIDDEN = '(hidden)';
const NO_RECORD = { headers: {}, value: null };

/**
 * The headers of an attempt. They are not kept, as nearly all follow from the record: only the
 * `traceparent` of an attempt does not, and is left out.
 *
 * @param record the delivery's newest; null: the log does not have it any more
 * @returns null: nothing was sent
 */
export function sentHeaders(
  row: Sent,
  record: Pick<LogRecord, 'headers' | 'value'> | null,
  { names, isSigned, bodyForm = null }: EndpointHeaders,
): Record<string, string> | null {
  const { id, attempt, state, at, latency_ms: latencyMs, event_type: eventType } = row;
  if (attempt === 0 || state === 'cancelled' || isUnsent(row.error ?? '')) return null;
  const { headers: given, value } = record ?? NO_RECORD;
  const headers: Record<string, string> = { ...given };
  delete headers[HEADER.traceparent];
  if (eventType !== null) headers[HEADER.eventType] = eventType;
  const delivery = { id, body: value ?? Buffer.from('{}'), attempt, record: { headers } };
  // Signatures need keys; the names of their headers are among the hidden ones.
  const settings = { origin: '', path: '', keys: [], headers: [], bodyForm };
  const { headers: flat } = deliveryContent(delivery, settings, USER_AGENT, at - latencyMs);
  const sent = new Map<string, string>();
  for (let n = 0; n < flat.length; n += 2) sent.set(String(flat[n]), String(flat[n + 1]));
  if (record === null) sent.delete(HEADER.contentType);
  if (isSigned) sent.set('webhook-signature', HIDDEN);
  for (const name of names) sent.set(name.toLowerCase(), HIDDEN);
  return Object.fromEntries(sent);
}

/** An attempt with what was sent and answered. */
export function attemptDetail(
  row: AttemptRow,
  record: Pick<LogRecord, 'headers' | 'value'> | null,
  endpoint: EndpointHeaders,
): AttemptDetail {
  const { answer_headers: answered } = row;
  return {
    ...attemptView(row),
    request_headers: sentHeaders(row, record, endpoint),
    response_headers: answered === null ? null : parseAnswerHeaders(answered),
  };
}
