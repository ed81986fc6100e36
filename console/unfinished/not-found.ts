import type { IdHint } from './delivery-id.ts';

/** Extent of a search after which a delivery counts as not found. */
export interface Searched {
  /** Records of the log that were read. */
  readonly records: number;
  readonly extent: Extent;
}

/**
 * `all`: every unfinished record, or the place that the id names; `likely`: those among which an id
 * of this kind lies when we have given it; `part`: as much as one request may.
 */
export type Extent = 'all' | 'likely' | 'part';

/** Returns the text for an id that is neither in the log of attempts nor found in the queue. */
export function notFoundText(
  id: string,
  hint: IdHint,
  searched: Searched,
  times: { readonly retentionHours: number; readonly nowMs: number },
): string {
  return whatWasSearched(id, hint, searched, times) + whereElse(id, hint);
}

/** An id may be that of an event, or of what was cancelled together with others. */
function whereElse(id: string, hint: IdHint): string {
  const [, subscription] = /-(sub_[0-9A-Z]{26})$/.exec(id) ?? [];
  if (subscription !== undefined) {
    const list = `GET /deliveries?status=cancelled&subscription=${subscription}`;
    return `; what its subscription had left may have been cancelled together: ${list}`;
  }
  if (hint.kind !== 'time') return '';
  return `; if it is the id of an event, its deliveries are ${id}-SUBSCRIPTION`;
}

function whatWasSearched(
  id: string,
  hint: IdHint,
  { records, extent }: Searched,
  { retentionHours, nowMs }: { retentionHours: number; nowMs: number },
): string {
  const none = `No attempt of a delivery ${id} is in the log`;
  if (extent === 'part') {
    return (
      `${none}, and it is not among the ${records} unfinished records that one request reads; ` +
      `more are unfinished, so it may be one of them: ${ALL}`
    );
  }
  if (extent === 'likely') {
    return (
      `${none}, and it is not among the unfinished records where an id of this kind lies that was ` +
      `given by Hookline (${records} were read); if another program gave it: ${ALL}`
    );
  }
  const text =
    records === 0
      ? `${none}, and it is not unfinished`
      : `${none}, and it is not unfinished (${records} records were read)`;
  const isOld = hint.kind === 'time' && nowMs - hint.atMs > retentionHours * HOUR_MS;
  if (!isOld) return text;
  return `${text}; its time is before the ${retentionHours} hours for which attempts are kept`;
}

const HOUR_MS = 3_600_000;
const ALL = 'GET /deliveries?status=queued lists all';
