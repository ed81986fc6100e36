// What is said of deliveries and their attempts. Pure.

/** Those of the API, which a browser cannot load. */
export const STATES = [
  'queued',
  'waiting',
  'in_flight',
  'retrying',
  'delivered',
  'dead',
  'cancelled',
];

const EMPTY_HINTS = {
  queued: 'Queued deliveries go as soon as there is a free place; held back ones are waiting.',
  waiting: 'Waiting deliveries are held back, as by a paused endpoint; the others are queued.',
};

/** What a search that has found nothing has not looked at. @param {string} [status] given one */
export function emptyHint(status) {
  if (status === undefined)
    return 'Without a state the list has only what was attempted or is under way.';
  return EMPTY_HINTS[status] ?? 'No delivery of this state has all that is given.';
}

/** States under which a search that has found nothing may find something. */
export function otherStates(status) {
  if (status === undefined) return ['queued', 'waiting'];
  return { queued: ['waiting'], waiting: ['queued'] }[status] ?? [];
}

/** What became of a delivery, or why it waits. */
export function outcomeOf({ waiting_reason: why, error, status }) {
  if (why) return why;
  if (error) return error;
  return status == null ? '' : `HTTP ${status}`;
}

const TRIGGERS = { redrive: 'resent', replay: 'replay' };

/** Number of an attempt; of a delivery that was put back it counts anew, so the text says so. */
export function attemptText({ attempt, trigger }) {
  return [attempt || '–', TRIGGERS[trigger]].filter(Boolean).join(' · ');
}

/** Why an attempt was made once more; empty: it was not. */
export function triggerText({ trigger }) {
  if (trigger === 'replay') return 'A replay has delivered this once more.';
  return trigger === 'redrive' ? 'A redrive or a resend has put this back.' : '';
}

/** The latest time that is known of a delivery. */
export function timeOf({ last_attempt_at: last, accepted_at: accepted }) {
  return last ?? accepted ?? null;
}

/** Names of the filters of `GET /deliveries` that a search may hold. */
export const FILTERS = [
  'user',
  'id',
  'subscription',
  'status',
  'event_type',
  'file',
  'error',
  'since',
  'until',
];

/** @param {Record<string, string>} query of the page @returns what goes to the API */
export function filtersOf(query) {
  return Object.fromEntries(
    FILTERS.filter((name) => query[name]).map((name) => [name, query[name]]),
  );
}

/**
 * A time as people type it, as the API takes it.
 *
 * @param {string} text of an input of the kind `datetime-local`, in the reader's own zone
 */
export function instantOf(text) {
  const at = new Date(text);
  return Number.isNaN(at.getTime()) ? text : at.toISOString();
}

/** An ISO time as an input of the kind `datetime-local` takes it. */
export function localInput(iso) {
  const at = new Date(iso ?? '');
  if (Number.isNaN(at.getTime())) return '';
  const local = new Date(at.getTime() - at.getTimezoneOffset() * 60_000);
  return local.toISOString().slice(0, 16);
}
