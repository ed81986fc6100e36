// What is said of endpoints. Pure.

import { clock, duration, plural, shortUrl } from './format.js';
import { placeText } from './replay.js';

/** Id by which the API knows an endpoint: that of WEBHOOK_URL has no subscription. */
export function endpointId({ subscription }) {
  return subscription ?? 'default';
}

/** Name of an endpoint; several may have the same. @param {{ id: string, url: string }} endpoint */
export function endpointName({ id, url }) {
  return id === 'default' ? 'Default endpoint' : shortUrl(url);
}

/** The text that tells an endpoint from another one of the same URL. */
export function endpointDetail({ id, url, description = '' }) {
  const what = id === 'default' ? shortUrl(url) : description;
  return what === '' ? id : `${what} · ${id}`;
}

/** Name and detail in one line. */
export function endpointText(endpoint) {
  return `${endpointName(endpoint)} (${endpointDetail(endpoint)})`;
}

/**
 * Endpoints that a field offers, the default one first.
 *
 * @param {any[]} subscriptions
 * @param {{ subscription: string | null, target: string }[]} lines of `GET /status`
 * @returns {{ id: string, text: string }[]}
 */
export function endpointChoices(subscriptions, lines) {
  const url = lines.find(({ subscription }) => subscription === null)?.target ?? '';
  const first = {
    id: 'default',
    text: ['Default endpoint', shortUrl(url)].filter(Boolean).join(' · '),
  };
  const others = subscriptions.map(({ id, target_url: target, description }) => ({
    id,
    text: [description, shortUrl(target)].filter(Boolean).join(' · '),
  }));
  return [first, ...others];
}

/** The endpoint of a delivery, as far as the status knows it; `url` null: it does not. */
export function endpointOfDelivery(subscription, lines) {
  const line = lines.find((one) => one.subscription === subscription);
  return { id: subscription ?? 'default', url: line?.target ?? null };
}

/** Orders of deliveries, and what each is. */
export const ORDERS = { none: 'any order', key: 'each user strictly in order' };

/**
 * Values that an endpoint without its own has, as texts; empty while the settings are not known.
 *
 * @param {any} settings those of `GET /status`
 */
export function defaultTexts(settings) {
  if (!settings) return { ordering: '', timeout: '', schedule: '' };
  const { ordering, timeout_ms: timeout, retry_schedule_ms: schedule } = settings;
  return {
    ordering: ORDERS[ordering],
    timeout: durationText(timeout),
    schedule: scheduleText(schedule),
  };
}

/** A value of an endpoint, or the default with a remark that it is one. */
export function ownOrDefault(own, standard) {
  return own || (standard ? `${standard}, by default` : 'the default');
}

/** States that need somebody. */
const URGENT = ['failing', 'circuit-open', 'disabled', 'paused', 'throttled'];

/** Sorts by how far behind endpoints are, then by how much they need somebody. */
export function byUrgency(endpoints) {
  const rank = ({ state }) => (URGENT.includes(state) ? URGENT.indexOf(state) : URGENT.length);
  const behind = (one) => one.oldest_waiting_seconds ?? 0;
  return endpoints.toSorted(
    (a, b) => behind(b) - behind(a) || waitingFor(b) - waitingFor(a) || rank(a) - rank(b),
  );
}

/** What its target answered last, or why it gets nothing. */
export function lastAnswer({ disabled_reason: disabled, last_error: error, last_status: status }) {
  if (disabled) return disabled;
  if (error) return error;
  return status == null ? 'nothing yet' : `HTTP ${status}`;
}

const QUIET = {
  ...{ state: 'idle', rate: 0, in_flight: 0, waiting: 0 },
  ...{ last_status: null, last_error: null, last_attempt_at: null, failing_since: null },
  ...{ behind: null, oldest_waiting_seconds: null, rate_limit: null },
};

/**
 * Deliveries that wait for an endpoint: its cursors count those that its consumers have read as
 * well, and the consumers know of them sooner.
 */
export function waitingFor({ waiting, behind }) {
  return Math.max(waiting, behind ?? 0);
}

/** Where an endpoint stands in the log, in words. @param {number} nowMs */
export function placeInLog(endpoint, nowMs) {
  const { oldest_waiting_seconds: behind } = endpoint;
  const left = waitingFor(endpoint);
  if (behind > 0) {
    const before = clock(nowMs - behind * 1_000);
    return `It is ${duration(behind)} behind: everything before ${before} is done.`;
  }
  if (left === 0) return 'It is at the end of the log: nothing waits.';
  return `${plural(left, 'delivery')} ${left === 1 ? 'waits' : 'wait'} at the end of the log.`;
}

/** States in which an endpoint takes nothing for now. */
const TAKES_NOTHING = ['throttled', 'circuit-open', 'paused', 'disabled'];

/** The state by which a search finds most of what waits for the endpoints. */
export function waitingState(endpoints) {
  const isHeld = (one) => waitingFor(one) > 0 && TAKES_NOTHING.includes(one.state);
  return endpoints.some(isHeld) ? 'waiting' : 'queued';
}

/**
 * Joins subscriptions with what is known of their deliveries. An endpoint that never got one is in
 * the first list alone, that of WEBHOOK_URL in the second.
 */
export function joined(subscriptions, lines) {
  const lineOf = new Map(lines.map((line) => [line.subscription, line]));
  const own = subscriptions.map((one) => endpointOf(one, lineOf.get(one.id)));
  const line = lineOf.get(null);
  return line ? [defaultEndpoint(line), ...own] : own;
}

/** The endpoint of WEBHOOK_URL, which no subscription describes. */
export function defaultEndpoint(line) {
  const { target, rate_limit: limit } = line;
  const fixed = { id: 'default', url: target, event_types: [], description: '' };
  return { ...line, ...fixed, limit_now: limit };
}

/** One subscription with its line of `GET /status`, where it has one. */
export function endpointOf(subscription, line = QUIET) {
  const { id, target_url: url, enabled, disabled_reason: reason } = subscription;
  const sending = subscription.paused ? 'paused' : line.state;
  const state = enabled ? sending : 'disabled';
  const shown = { id, url, state, disabled_reason: reason, limit_now: line.rate_limit };
  return { ...line, ...subscription, ...shown };
}

/**
 * @param {any} endpoint as `joined` has it
 * @param {string} text may be a part of the URL, the id, a type or the state
 */
export function matches(endpoint, text) {
  const { id, url, state, event_types: types, description } = endpoint;
  const words = `${id} ${url} ${state} ${types.join(' ')} ${description}`.toLowerCase();
  return words.includes(text.trim().toLowerCase());
}

/** Signatures that a subscription can have beside `v1`, and what each is. */
export const FURTHER_SIGNATURES = {
  v1a: 'Ed25519 (v1a)',
  'rfc9421-hmac-sha256': 'RFC 9421, HMAC-SHA256',
  'rfc9421-ed25519': 'RFC 9421, Ed25519',
};

/** Forms of the body, and what each is. */
export const FORMATS = {
  standard: 'As it is',
  'cloudevents-binary': 'CloudEvent, binary',
  'cloudevents-structured': 'CloudEvent, structured',
  slack: 'Message for Slack',
};

/** Name of the form's value that says whether a signature is wanted. */
export const signatureField = (version) => `signature ${version}`;

/**
 * Body of a request that creates or changes a subscription, from the values of its form. A value
 * that cannot be what is meant goes as it is: the API says what is allowed.
 */
export function subscriptionBody(values) {
  const { target_url, description, event_types, headers, secret, from } = values;
  const { rate_limit, ordering, timeout_ms, retry_schedule_ms, concurrency, format } = values;
  const further = Object.keys(FURTHER_SIGNATURES);
  return {
    target_url,
    description: description ?? '',
    event_types: words(event_types),
    rate_limit: numberOf(rate_limit),
    ordering: ordering ?? null,
    timeout_ms: durationMs(timeout_ms),
    retry_schedule_ms: scheduleOf(retry_schedule_ms),
    concurrency: numberOf(concurrency),
    format: format ?? 'standard',
    signatures: ['v1', ...further.filter((version) => values[signatureField(version)])],
    ...(headers !== undefined && { headers: headersOf(headers) }),
    ...(secret !== undefined && { secret }),
    ...(from !== undefined && { from: placeText(from) }),
  };
}

function numberOf(text) {
  if (text === undefined) return null;
  return Number.isNaN(Number(text)) ? text : Number(text);
}

const UNITS_MS = { ms: 1, s: 1_000, m: 60_000, min: 60_000, h: 3_600_000 };

/** A time such as `30s`; a plain number is in ms. */
function durationMs(text) {
  const [, number, unit = 'ms'] = /^([\d.]+)\s*(ms|s|m|min|h)?$/.exec(text ?? '') ?? [];
  return number === undefined ? numberOf(text) : Number(number) * UNITS_MS[unit];
}

/** Waits between attempts; `none` is a single attempt. */
function scheduleOf(text) {
  if (text === undefined) return null;
  return text === 'none' ? [] : words(text).map(durationMs);
}

/** Waits between attempts as the form takes them. @param {number[] | null} schedule */
export function scheduleText(schedule) {
  if (schedule === null) return '';
  return schedule.length === 0 ? 'none' : schedule.map(durationText).join(', ');
}

/** @param {number} ms */
export function durationText(ms) {
  const whole = ['h', 'm', 's'].find((unit) => ms % UNITS_MS[unit] === 0);
  return whole ? `${ms / UNITS_MS[whole]}${whole}` : `${ms}ms`;
}

function words(text = '') {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Headers as people write them: a line each, name and value around the first colon. */
export function headersOf(text = '') {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', value = ''] = line.split(/:(.*)/s);
      return [name.trim(), value.trim()];
    }),
  );
}
