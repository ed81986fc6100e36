import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { count, rate } from '../lib/format.js';
import {
  FORMATS,
  ORDERS,
  defaultEndpoint,
  defaultTexts,
  durationText,
  endpointName,
  endpointOf,
  lastAnswer,
  ownOrDefault,
  scheduleText,
  waitingFor,
  waitingState,
} from '../lib/endpoints.js';
import { status } from '../lib/live.js';
import { useLoad } from '../lib/load.js';
import { link, route } from '../lib/route.js';
import { Card, Facts, Figure, Head, Loaded, State, Time } from '../ui/basics.js';
import { SeriesPlots } from '../ui/series-plots.js';
import { EndpointActions } from './endpoint-actions.js';
import { EndpointFilter } from './endpoint-filter.js';
import { LatestAttempts } from './endpoint-attempts.js';
import { Place } from './endpoint-place.js';
import { TestDelivery } from './test-delivery.js';

const EVERY_MS = 3_000;
const PAUSES = {
  'retry-after': 'The target asked for a pause',
  proxy: 'The proxy fails: it pauses',
  'token-server': 'The token server fails: it pauses',
};

/** One endpoint: its health, where it stands in the log, its settings, its latest attempts. */
export function EndpointView() {
  const [, id] = route.value.parts;
  return id === 'default'
    ? html`<${DefaultEndpoint} />`
    : html`<${SubscribedEndpoint} id=${id} key=${id} />`;
}

function lineOf(subscription) {
  return status.value?.endpoints.find((one) => one.subscription === subscription);
}

function DefaultEndpoint() {
  const line = lineOf(null);
  if (line === undefined) {
    return html`<${Head} title="Default endpoint" /><p class="loading" role="status">Loading…</p>`;
  }
  const description = 'Target of file rows and of /send';
  const endpoint = { ...defaultEndpoint(line), description };
  return html`<${Shown} endpoint=${endpoint} reload=${() => {}} />`;
}

function SubscribedEndpoint({ id }) {
  const from = useLoad(apiPath(['subscriptions', id]), { everyMs: EVERY_MS });
  if (from.data === null) {
    return html`
      <${Head} title=${id} above=${html`<a href=${link(['endpoints'])}>Endpoints</a>`} />
      <${Loaded} from=${from}>${() => null}</${Loaded}>
    `;
  }
  const endpoint = endpointOf(from.data, lineOf(id));
  return html`<${Shown} endpoint=${endpoint} reload=${from.reload} />`;
}

function Shown({ endpoint, reload }) {
  const { id, url, state, description } = endpoint;
  return html`
    <${Head} title=${endpointName(endpoint)} above=${html`<a href=${link(['endpoints'])}>Endpoints</a>`}
      actions=${html`<${EndpointActions} endpoint=${endpoint} reload=${reload} />`}>
      <p class="row"><${State} state=${state} /><span>${description}</span>
        <span class="soft">${url} · ${id}</span></p>
    </${Head}>
    <${Switches} isDefault=${id === 'default'} />
    <${Trouble} endpoint=${endpoint} />
    <${Health} endpoint=${endpoint} />
    <${Place} endpoint=${endpoint} />
    <${SeriesPlots} subscription=${id} />
    <${Settings} endpoint=${endpoint} />
    ${id !== 'default' && html`<${EndpointFilter} endpoint=${endpoint} reload=${reload} />`}
    <${Card} title="Test delivery"><${TestDelivery} id=${id} /></${Card}>
    <${LatestAttempts} id=${id} />
  `;
}

/** The difference between the two buttons that stop an endpoint. */
function Switches({ isDefault }) {
  const refused = isDefault ? '' : ', and what is sent to it directly, by its id, is refused';
  return html`<p class="soft small">
    <b>Pause</b> is for a while: its deliveries wait, new ones are accepted, and Resume goes on where it
    stopped. <b>Disable</b> is for longer: its deliveries wait${refused}; Enable goes on where it
    stopped, or from a later place, and leaves out what lies before.
  </p>`;
}

function Trouble({ endpoint }) {
  const { disabled_reason: disabled, failing_since: failing, resting_until: resting } = endpoint;
  const { target_forbidden: forbidden, unusable_reason: unusable, state } = endpoint;
  const { resting_reason: reason } = endpoint;
  const notes = [
    state === 'paused' && 'It is paused: nothing is sent, and its deliveries wait in the log.',
    disabled && `Nothing is sent: ${disabled}. Its deliveries wait in the log.`,
    forbidden && `Nothing may be sent to this target: ${forbidden}`,
    unusable && `Nothing can be signed: ${unusable}`,
    state === 'circuit-open' &&
      'The circuit is open: after many failures one request at a time is tried.',
    resting &&
      html`${PAUSES[reason] ?? 'It pauses'}
        ${' '}until <${Time} at=${resting} />; enabling ends it.`,
    failing && html`Nothing was accepted since <${Time} at=${failing} />.`,
  ].filter(Boolean);
  if (notes.length === 0) return null;
  return html`<div class="stack">
    ${notes.map((note, index) => html`<p key=${index} class="note warn"><span>${note}</span></p>`)}
  </div>`;
}

function Health({ endpoint }) {
  const { id, rate: perSecond, limit_now: limit, in_flight: flying } = endpoint;
  const { last_attempt_at: last } = endpoint;
  const answer = lastAnswer({ ...endpoint, disabled_reason: null });
  return html`<section class="figures" aria-label="Health">
    <${Figure} name=${limit === null ? 'delivered, no limit' : `of ${rate(limit)} allowed now`}
      value=${rate(perSecond)} />
    <${Figure} name="in flight" value=${count(flying)} />
    <${Figure} name="waiting" value=${count(waitingFor(endpoint))}
      href=${link(['deliveries'], { subscription: id, status: waitingState([endpoint]) })} />
    <${Figure} name=${html`last answer <${Time} at=${last} none="" />`}
      value=${html`<span class="answer" title=${answer}>${answer}</span>`} />
  </section>`;
}

function Settings({ endpoint }) {
  const { id, url, event_types: types, rate_limit: limit, ordering, headers = {} } = endpoint;
  const {
    previous_secret_valid_until: previous,
    created_at: created,
    public_keys: keys,
  } = endpoint;
  const { signatures, timeout_ms: timeout, retry_schedule_ms: schedule } = endpoint;
  const { concurrency, format } = endpoint;
  const settings = status.value?.settings;
  const standard = defaultTexts(settings);
  if (id === 'default') {
    return html`<${Card} title="Settings">
      <${Facts} items=${[
        ['URL', url],
        ['Id', html`<span class="mono">${id}</span>`],
        settings && [
          'Rate limit',
          settings.rate_limit === null ? 'none' : rate(settings.rate_limit),
        ],
        ['Order', standard.ordering],
        ['Timeout', standard.timeout],
        ['Waits between attempts', standard.schedule],
        [
          'Set by',
          'settings of the system: WEBHOOK_URL, RATE_LIMIT, ORDERING, DELIVERY_TIMEOUT_MS, RETRY_…',
        ],
      ]} />
    </${Card}>`;
  }
  const names = Object.keys(headers).join(', ');
  return html`<${Card} title="Settings">
    <${Facts} items=${[
      ['URL', url],
      ['Id', html`<span class="mono">${id}</span>`],
      ['Event types', types.join(', ') || 'every type'],
      ['Rate limit', limit === null ? 'none' : rate(limit)],
      ['Order', ownOrDefault(ORDERS[ordering], standard.ordering)],
      ['Timeout', ownOrDefault(timeout && durationText(timeout), standard.timeout)],
      ['Waits between attempts', ownOrDefault(scheduleText(schedule), standard.schedule)],
      ['Requests at once', concurrency === null ? 'no limit of its own' : count(concurrency)],
      ['Body', FORMATS[format] ?? format],
      ['Headers', names ? `${names} (values hidden)` : 'none'],
      ['Signatures', signatures.join(', ')],
      keys.length > 0 && ['Public keys', html`<span class="mono">${keys.join(' ')}</span>`],
      previous && ['Old secret ends', html`<${Time} at=${previous} />`],
      ['Created', html`<${Time} at=${created} />`],
    ]} />
  </${Card}>`;
}
