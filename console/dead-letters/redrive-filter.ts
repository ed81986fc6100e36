import {
  DLQ_HEADER,
  HEADER,
  deliveryIdOf,
  isMalformed,
  parseDelivery,
} from '../../common/model/delivery.ts';
import type { LogRecord } from '../../common/kafka/log-record.ts';
import { endpointOf } from '../../common/subscriptions/fan-out.ts';
import { originHeaders } from '../republish/origin-headers.ts';

/** Conditions that a dead letter has to meet, all of them, to be put back. */
export interface RedriveFilter {
  /** Ids of deliveries; empty: any. */
  readonly ids: ReadonlySet<string>;
  /** A subscription's id, or `default`. */
  readonly subscription: string | null;
  /** The record's key. */
  readonly user: string | null;
  /** Dead-lettered at this time or later, ms since 1970. */
  readonly sinceMs: number | null;
  /** HTTP status of the last attempt. */
  readonly status: number | null;
  /** A part of the last error, in any case. */
  readonly error: string | null;
  /** Put back fewer times than this. */
  readonly redrivesMax: number | null;
}

export const ALL_DEAD_LETTERS: RedriveFilter = {
  ids: new Set(),
  subscription: null,
  user: null,
  sinceMs: null,
  status: null,
  error: null,
  redrivesMax: null,
};

export type Verdict =
  | { readonly kind: 'redrive'; readonly headers: Readonly<Record<string, string>> }
  /** A dead letter that can never be understood would only be dead-lettered again. */
  | { readonly kind: 'skip'; readonly reason: string }
  | { readonly kind: 'no-match' };

/** Whether a dead letter is put back, and with which headers. */
export function classify(record: LogRecord, filter: RedriveFilter): Verdict {
  if (!matches(record, filter)) return { kind: 'no-match' };
  const origin = originHeaders(record.headers);
  const id = { [HEADER.id]: deliveryIdOf(record) };
  const headers = { ...id, ...origin, [HEADER.redrives]: String(redrives(record) + 1) };
  const parsed = parseDelivery({ ...record, headers });
  if (isMalformed(parsed)) return { kind: 'skip', reason: parsed.reason };
  return { kind: 'redrive', headers };
}

function matches(record: LogRecord, filter: RedriveFilter): boolean {
  const { headers, key, timestampMs } = record;
  const { ids, subscription, user, sinceMs, status, error, redrivesMax } = filter;
  if (ids.size > 0 && !ids.has(deliveryIdOf(record))) return false;
  if (subscription !== null && endpointOf(record) !== subscription) return false;
  if (user !== null && key !== user) return false;
  if (sinceMs !== null && timestampMs < sinceMs) return false;
  if (redrivesMax !== null && redrives(record) >= redrivesMax) return false;
  const lastError = headers[DLQ_HEADER.message]?.toLowerCase() ?? '';
  if (error !== null && !lastError.includes(error.toLowerCase())) return false;
  return status === null || headers[HEADER.lastStatus] === String(status);
}

/** Returns whether a dead letter is discarded: one that can never be delivered, too. */
export function classifyDiscard(record: LogRecord, filter: RedriveFilter): Verdict {
  return matches(record, filter) ? { kind: 'redrive', headers: {} } : { kind: 'no-match' };
}

/** How often it was put back before; a damaged count begins again. */
export function redrives({ headers }: Pick<LogRecord, 'headers'>): number {
  const text = headers[HEADER.redrives] ?? '';
  return /^\d{1,9}$/.test(text) ? Number(text) : 0;
}
