import { HEADER } from '../common/model/delivery.ts';
import type { Logger } from '../common/base/logger.ts';
import type { Delivery } from '../common/model/delivery.ts';
import type { SendRequest, SendResult } from '../common/send/send-request.ts';
import type { Span, Tracing } from '../common/tracing/tracing.ts';
import { statusOf } from './outcome/failure-record.ts';

/**
 * Starts the span of an attempt, in the trace that the record's header names.
 *
 * @returns null for a delivery of ours without a trace: its producer did not sample it
 */
export function startAttemptSpan(tracing: Tracing, delivery: Delivery): Span | null {
  const { id, attempt, subscription, record } = delivery;
  const parent = record.headers[HEADER.traceparent];
  if (parent === undefined && record.headers[HEADER.id] !== undefined) return null;
  return tracing.start('client', 'POST', parent, {
    'http.request.method': 'POST',
    'http.request.resend_count': attempt > 1 ? attempt - 1 : undefined,
    'messaging.system': 'kafka',
    'messaging.destination.name': record.topic,
    'messaging.destination.partition.id': String(record.partition),
    'messaging.kafka.offset': record.offset,
    'messaging.message.id': id,
    'hookline.subscription': subscription ?? 'default',
    'hookline.attempt': attempt,
  });
}

/**
 * Returns the delivery with the trace that its first attempt has begun. A retry or dead letter
 * takes over the record's headers: without the trace its attempts would look like those of a record
 * of ours that was not sampled.
 */
export function inTraceOf(span: Pick<Span, 'traceparent'> | null, delivery: Delivery): Delivery {
  const { record } = delivery;
  const traceparent = span?.traceparent;
  if (!traceparent || record.headers[HEADER.traceparent] !== undefined) return delivery;
  const headers = { ...record.headers, [HEADER.traceparent]: traceparent };
  return { ...delivery, record: { ...record, headers } };
}

/** Ends the span of an attempt. The path of a target may be a secret, so only its host is kept. */
export function endAttemptSpan(
  span: Span,
  { origin, delivery }: Pick<SendRequest, 'origin' | 'delivery'>,
  { outcome, latencyMs }: SendResult,
  logger: Logger,
): void {
  const { hostname, port, protocol } = new URL(origin);
  const status = statusOf(outcome) ?? undefined;
  const error = errorOf(outcome);
  span.end(
    {
      'server.address': hostname,
      'server.port': Number(port || (protocol === 'https:' ? 443 : 80)),
      'http.response.status_code': status,
    },
    error,
  );
  if (!span.fields || !logger.isLevelEnabled('debug')) return;
  const attempt = { id: delivery?.id, attempt: delivery?.attempt, status, error, latencyMs };
  logger.debug({ ...attempt, ...span.fields }, 'attempt.ended');
}

function errorOf(outcome: SendResult['outcome']): string | undefined {
  if (outcome.kind === 'accepted') return undefined;
  return outcome.kind === 'refused' ? String(outcome.status) : outcome.error;
}
