import type { InFlightReport } from '../../common/model/consumer-state.ts';
import { parseFileRowId } from '../../common/model/delivery.ts';
import { triggerOf } from '../../common/model/trigger.ts';
import type { WaitStatus } from '../unfinished/wait-status.ts';
import type { QueuedDelivery } from '../unfinished/queued-delivery.ts';
import type { AttemptRow } from './attempt-row.ts';
import type { AttemptView, DeliveryView } from './schemas.ts';

/** Current facts about a delivery, beside its attempts. */
export interface Now {
  /** The request under way for this delivery. */
  readonly inFlight: InFlightReport | undefined;
  /** Why its endpoint takes nothing now; null: it does. */
  readonly closed: string | null;
}

/** Why a delivery waits after such an attempt, as long as no consumer reports the pause. */
function pauseAfter({ status }: AttemptRow): string {
  const why = status === null ? 'was not reached, as `error` says' : 'has asked for a pause';
  return `its endpoint ${why}; the same attempt is made again`;
}

/** A delivery that was attempted: the last attempt counts, unless another one is under way. */
export function attemptedView(row: AttemptRow, { inFlight, closed }: Now): DeliveryView {
  const { id, subscription, user, state, status, error, attempt, at, due_at: dueAt } = row;
  const { topic, partition, offset, event_type } = row;
  const last = { status, error, last_attempt_at: isoTime(at), accepted_at: null };
  // A report may be a second old: an attempt that ended since counts.
  if (inFlight && inFlight.since >= at) return { ...inFlightView(inFlight), ...last };
  const isWaiting = state === 'throttled';
  return {
    ...{ id, subscription, user },
    state: isWaiting ? 'waiting' : state,
    waiting_reason: isWaiting ? (closed ?? pauseAfter(row)) : null,
    ...last,
    ...{ attempt, trigger: row.trigger },
    next_attempt_at: dueAt === null ? null : isoTime(dueAt),
    event_type,
    ...fileAndRow(id),
    ...{ topic, partition, offset },
  };
}

/** A delivery whose request is under way; its earlier attempts are not known here. */
export function inFlightView(report: InFlightReport): DeliveryView {
  const { id, subscription, key: user, eventType, attempt, trigger } = report;
  const { topic, partition, offset } = report;
  return {
    ...{ id, subscription, user, state: 'in_flight', waiting_reason: null },
    ...{ status: null, error: null, attempt, trigger, last_attempt_at: null },
    ...{ next_attempt_at: null, accepted_at: null },
    event_type: eventType,
    ...fileAndRow(id),
    ...{ topic, partition, offset },
  };
}

/**
 * A delivery that waits in the log.
 *
 * @param last its last attempt, when its endpoint then asked for a pause
 */
export function queuedView(
  { id, subscription, key: user, eventType, dueAtMs, record }: QueuedDelivery,
  { state, reason }: WaitStatus,
  last: AttemptRow | undefined,
): DeliveryView {
  const { topic, partition, offset, timestampMs } = record;
  const isCancelled = state === 'cancelled';
  return {
    ...{ id, subscription, user },
    state: last && !isCancelled ? 'waiting' : state,
    waiting_reason: isCancelled ? null : (reason ?? (last ? pauseAfter(last) : null)),
    ...{ status: last?.status ?? null, attempt: last?.attempt ?? 0 },
    trigger: triggerOf(record.headers),
    error: isCancelled ? reason : (last?.error ?? null),
    last_attempt_at: last ? isoTime(last.at) : null,
    next_attempt_at: dueAtMs === null ? null : isoTime(dueAtMs),
    accepted_at: isoTime(timestampMs),
    event_type: eventType,
    ...fileAndRow(id),
    ...{ topic, partition, offset },
  };
}

/** An attempt as the database has it, for the API. */
export function attemptView(row: AttemptRow): AttemptView {
  const { id, subscription, user, attempt, trigger, state, status, error, excerpt } = row;
  const { topic, partition, offset, due_at: dueAt } = row;
  return {
    ...{ id, subscription, user, attempt, trigger, state, status, error, excerpt },
    latency_ms: Math.round(row.latency_ms * 10) / 10,
    at: isoTime(row.at),
    next_attempt_at: dueAt === null ? null : isoTime(dueAt),
    ...{ topic, partition, offset },
  };
}

function fileAndRow(id: string): Pick<DeliveryView, 'file' | 'row'> {
  const parsed = parseFileRowId(id);
  return { file: parsed?.fileId ?? null, row: parsed?.row ?? null };
}

function isoTime(ms: number): string {
  return new Date(ms).toISOString();
}
