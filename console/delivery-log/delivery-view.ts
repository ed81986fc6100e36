import type { InFlightReport } from '../../common/model/consumer-state.ts';
import { parseFileRowId } from '../../common/model/delivery.ts';
import type { Standing } from '../unfinished/standing.ts';
import type { QueuedDelivery } from '../unfinished/queued-delivery.ts';
import type { AttemptRow } from './attempt-row.ts';

/** Where a delivery stands, from its acceptance on. */
export const STATES = [
  'queued',
  'waiting',
  'in_flight',
  'retrying',
  'delivered',
  'dead',
  'cancelled',
] as const;
export type State = (typeof STATES)[number];

/** A delivery as the API shows it. */
export interface DeliveryView {
  readonly id: string;
  readonly subscription: string | null;
  readonly user: string;
  readonly state: State;
  /** Why it waits. */
  readonly waiting_reason: string | null;
  readonly status: number | null;
  readonly error: string | null;
  readonly attempt: number;
  readonly lastAttemptAt: string | null;
  readonly nextAttemptAt: string | null;
  readonly accepted_at: string | null;
  readonly event_type: string | null;
  readonly file: string | null;
  readonly row: number | null;
  readonly topic: string;
  readonly partition: number;
  readonly offset: number;
}

/** Current facts about a delivery, beside its attempts. */
export interface Now {
  /** The request under way for this delivery. */
  readonly inFlight: InFlightReport | undefined;
  /** Why its endpoint takes nothing now; null: it does. */
  readonly closed: string | null;
}

const PAUSE_ASKED = 'its endpoint has asked for a pause; the same attempt is made again';

/** A delivery that was attempted: the last attempt counts, unless another one is under way. */
export function attemptedView(row: AttemptRow, { inFlight, closed }: Now): DeliveryView {
  const { id, subscription, user, state, status, error, attempt, at, due_at: dueAt } = row;
  const { topic, partition, offset, event_type } = row;
  const last = { status, error, lastAttemptAt: isoTime(at), accepted_at: null };
  // A report may be a second old: an attempt that ended since counts.
  if (inFlight && inFlight.since >= at) return { ...inFlightView(inFlight), ...last };
  const isWaiting = state === 'throttled';
  return {
    ...{ id, subscription, user },
    state: isWaiting ? 'waiting' : state,
    waiting_reason: isWaiting ? (closed ?? PAUSE_ASKED) : null,
    ...last,
    attempt,
    nextAttemptAt: dueAt === null ? null : isoTime(dueAt),
    event_type,
    ...fileAndRow(id),
    ...{ topic, partition, offset },
  };
}

/** A delivery whose request is under way; its earlier attempts are not known here. */
export function inFlightView(report: InFlightReport): DeliveryView {
  const { id, subscription, key: user, eventType, attempt, topic, partition, offset } = report;
  return {
    ...{ id, subscription, user, state: 'in_flight', waiting_reason: null },
    ...{ status: null, error: null, attempt, lastAttemptAt: null, nextAttemptAt: null },
    accepted_at: null,
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
  { state, reason }: Standing,
  last: AttemptRow | undefined,
): DeliveryView {
  const { topic, partition, offset, timestampMs } = record;
  return {
    ...{ id, subscription, user },
    state: last ? 'waiting' : state,
    waiting_reason: reason ?? (last ? PAUSE_ASKED : null),
    ...{ status: last?.status ?? null, error: last?.error ?? null, attempt: last?.attempt ?? 0 },
    lastAttemptAt: last ? isoTime(last.at) : null,
    nextAttemptAt: dueAtMs === null ? null : isoTime(dueAtMs),
    accepted_at: isoTime(timestampMs),
    event_type: eventType,
    ...fileAndRow(id),
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
