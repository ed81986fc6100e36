// What is said of endpoints. Pure.

/** Id by which the API knows an endpoint: that of WEBHOOK_URL has no subscription. */
export function endpointId({ subscription }) {
  return subscription ?? 'default';
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

/** Deliveries that wait for an endpoint, at the consumers and in the log. */
export function waitingFor({ waiting, behind }) {
  return waiting + (behind ?? 0);
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

/** Body of a request that creates or changes a subscription, from the values of its form. */
export function subscriptionBody(values) {
  const { target_url, description, event_types, rate_limit, ordering, headers, secret, from } =
    values;
  return {
    target_url,
    description: description ?? '',
    event_types: words(event_types),
    rate_limit: rate_limit === undefined ? null : Number(rate_limit),
    ordering: ordering ?? null,
    ...(headers !== undefined && { headers: headersOf(headers) }),
    ...(secret !== undefined && { secret }),
    ...(from !== undefined && { from }),
  };
}

function words(text = '') {
  return text.split(/[\s,]+/).filter(Boolean);
}

/** Headers as people write them: a line each, name and value around the first colon. */
function headersOf(text) {
  const lines = text.split('\n').filter((line) => line.trim() !== '');
  return Object.fromEntries(
    lines.map((line) => {
      const [name = '', value = ''] = line.split(/:(.*)/s);
      return [name.trim(), value.trim()];
    }),
  );
}
