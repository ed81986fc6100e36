import type { DeliveryState, NewAttempt, SealedTexts } from '../../common/model/attempt.ts';
import { HEADER } from '../../common/model/delivery.ts';
import type { Delivery } from '../../common/model/delivery.ts';
import { triggerOf } from '../../common/model/trigger.ts';
import { answerHeaders } from '../../common/send/answer-headers.ts';
import { describeFailure } from '../../common/send/outcome.ts';
import type { SendResult } from '../../common/send/send-request.ts';
import type { BodyKeys } from '../../common/user-keys/body-keys.ts';
import { statusOf } from './failure-record.ts';

/** An attempt and what came of it. */
export interface Ended {
  readonly delivery: Delivery;
  readonly result: SendResult;
  /** Headers of the endpoint, names and values in turn. */
  readonly ownHeaders: readonly string[];
  /** Texts of the receiver's, encrypted; absent: they are in the result. */
  readonly sealed?: string;
}

/** Encrypts what the receiver said: many repeat the body that they got. */
export function concealed(ended: Ended, bodyKeys: Pick<BodyKeys, 'sealText'>): Ended {
  const { delivery, result, ownHeaders } = ended;
  const { excerpt, detail, head = '', isQuoted = false } = result;
  if (excerpt === '' && head === '' && !isQuoted) return ended;
  const texts = (): SealedTexts => ({
    excerpt: isQuoted ? `${detail} ${excerpt}`.trim() : excerpt,
    answerHeaders: head === '' ? undefined : answerHeaders(head, ownHeaders),
  });
  // Bound to the id of the delivery, which the log has, as a record may have none.
  const { key, record } = delivery;
  const headers = { ...record.headers, [HEADER.id]: delivery.id };
  const sealed = bodyKeys.sealText(() => JSON.stringify(texts()), { key, headers });
  if (sealed === null) return ended;
  const said = { ...result, excerpt: '', head: '', detail: isQuoted ? '' : detail };
  return { ...ended, result: said, sealed };
}

type Answer = Pick<
  NewAttempt,
  'status' | 'error' | 'excerpt' | 'answerHeaders' | 'sealed' | 'latencyMs'
>;

/** The part of an attempt that says what the receiver answered. */
export function answerOf(
  { outcome, latencyMs, excerpt, detail, head = '' }: SendResult,
  ownHeaders: readonly string[],
): Answer {
  return {
    status: statusOf(outcome) ?? undefined,
    error: outcome.kind === 'accepted' ? undefined : describeFailure(outcome, detail),
    excerpt: excerpt === '' ? undefined : excerpt,
    answerHeaders: head === '' ? undefined : answerHeaders(head, ownHeaders),
    latencyMs: Math.round(latencyMs * 100) / 100,
  };
}

/** An attempt as the log of attempts keeps it. */
export function attemptOf(
  { id, key, subscription, attempt, record }: Delivery,
  { status, error, excerpt, answerHeaders: headers, sealed, latencyMs }: Answer,
  now: { state: DeliveryState; nowMs: number; dueAtMs?: number | undefined },
): NewAttempt {
  return {
    id,
    key,
    subscription: subscription ?? undefined,
    eventType: record.headers[HEADER.eventType],
    attempt,
    trigger: triggerOf(record.headers) ?? undefined,
    state: now.state,
    status,
    error,
    excerpt,
    answerHeaders: headers,
    sealed,
    latencyMs,
    at: now.nowMs,
    dueAt: now.dueAtMs,
    topic: record.topic,
    partition: record.partition,
    offset: record.offset,
  };
}
