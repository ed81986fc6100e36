import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { isJson, jsonWith } from '../lib/bytes.js';
import {
  FORMATS,
  FURTHER_SIGNATURES,
  defaultTexts,
  durationText,
  scheduleText,
  signatureField,
  subscriptionBody,
} from '../lib/endpoints.js';
import { status } from '../lib/live.js';
import { formError, wrongField } from '../lib/problem.js';
import { Field, valuesOf } from '../ui/fields.js';

/** Fields of the API by the names that they have in the form. */
const LABELS = {
  target_url: 'Target URL',
  event_types: 'Event types',
  description: 'Description',
  rate_limit: 'Deliveries a second at most',
  ordering: 'Order',
  headers: 'Headers of each delivery',
  timeout_ms: 'Longest wait for an answer',
  retry_schedule_ms: 'Waits between attempts',
  concurrency: 'Requests at once from each consumer',
  format: 'Form of the body',
  signatures: 'Signatures',
  filter: 'Filter',
  from: 'Begin with',
  secret: 'Signing secret',
};
const ORDERS = { none: 'Any order', key: 'Each user strictly in order' };

/** A sentence about a field that is left empty. @param {string} value that it has then */
function emptyText(value) {
  return value ? `Empty: ${value}, the default` : 'Empty: the default';
}

/**
 * The settings of an endpoint, to create or change it.
 *
 * @param {object} given
 * @param {any} [given.endpoint] as it is now; absent: a new one
 * @param {(text: string) => Promise<unknown>} given.save gets the body as JSON
 * @param {string} given.action what the button says
 * @param {unknown} given.cancel what leaves the form
 */
export function EndpointForm({ endpoint, save, action, cancel }) {
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    const values = valuesOf(event.target);
    const filter = values.filter === undefined ? {} : { filter: filterText(values.filter) };
    await save(jsonWith(subscriptionBody(values), filter)).catch(setError);
    setBusy(false);
  };
  const wrong = (name) => wrongField(error, name);
  const isNew = endpoint === undefined;
  const standard = defaultTexts(status.value?.settings);
  const orders = { '': standard.ordering ? `Default: ${standard.ordering}` : 'Default', ...ORDERS };
  return html`<form onSubmit=${onSubmit}>
    ${isNew && html`<p class="soft">Only the target URL is needed. All else may stay empty.</p>`}
    <div class="form">
      <div class="wide">
        <${Field} label="Target URL" name="target_url" inputmode="url" required
          error=${wrong('target_url')}
          defaultValue=${endpoint?.target_url} placeholder="https://example.com/webhook" />
      </div>
      <${Field} label="Event types" name="event_types" error=${wrong('event_types')}
        defaultValue=${endpoint?.event_types.join(', ')} placeholder="order.paid, invoice.*"
        hint="Empty: every type" />
      <${Field} label="Description" name="description" error=${wrong('description')}
        defaultValue=${endpoint?.description} />
      <${Field} label="Deliveries a second at most" name="rate_limit" inputmode="decimal"
        error=${wrong('rate_limit')} defaultValue=${endpoint?.rate_limit}
        hint="Empty: no limit" />
      <${Field} label="Order" name="ordering" error=${wrong('ordering')}>
        ${options(orders, endpoint?.ordering ?? '')}
      </${Field}>
      <${Attempts} endpoint=${endpoint} standard=${standard} wrong=${wrong} />
      <div class="wide">
        <${Field} label="Headers of each delivery" name="headers" rows="2"
          placeholder="x-token: abc" error=${wrong('headers')}
          hint="One a line.${isNew ? '' : ' Their values stay hidden; what is given here replaces all.'}" />
      </div>
      <${Signatures} chosen=${endpoint?.signatures ?? []} error=${wrong('signatures')} />
      ${isNew && html`<${NewFields} wrong=${wrong} />`}
    </div>
    ${error && html`<p class="note bad" role="alert">${formError(error, LABELS)}</p>`}
    <div class="row form-foot">
      <button class="primary" disabled=${isBusy}>${action}</button>${cancel}
    </div>
  </form>`;
}

/** How long and how often it is tried, and in which form. */
function Attempts({ endpoint, standard, wrong }) {
  const { timeout_ms: timeout = null, retry_schedule_ms: schedule = null } = endpoint ?? {};
  return html`
    <${Field} label="Longest wait for an answer" name="timeout_ms" error=${wrong('timeout_ms')}
      defaultValue=${timeout === null ? '' : durationText(timeout)} placeholder=${standard.timeout}
      hint="Such as 500ms or 15s. ${emptyText(standard.timeout)}" />
    <${Field} label="Waits between attempts" name="retry_schedule_ms"
      error=${wrong('retry_schedule_ms')} defaultValue=${scheduleText(schedule)}
      placeholder=${standard.schedule}
      hint="Such as 5s, 30s, 5m; none: one attempt. ${emptyText(standard.schedule)}" />
    <${Field} label="Requests at once from each consumer" name="concurrency" inputmode="numeric"
      error=${wrong('concurrency')} defaultValue=${endpoint?.concurrency}
      hint="Empty: no limit of its own" />
    <${Field} label="Form of the body" name="format" error=${wrong('format')}>
      ${options(FORMATS, endpoint?.format ?? 'standard')}
    </${Field}>
  `;
}

function Signatures({ chosen, error }) {
  return html`<fieldset class="wide">
    <legend class="legend">Signatures beside HMAC-SHA256 (v1), which is always sent</legend>
    <div class="row">
      ${Object.entries(FURTHER_SIGNATURES).map(
        ([version, text]) =>
          html`<label key=${version} class="check">
            <input type="checkbox" name=${signatureField(version)}
              defaultChecked=${chosen.includes(version)} />
            <span>${text}</span>
          </label>`,
      )}
    </div>
    ${error && html`<p class="wrong">${error}</p>`}
  </fieldset>`;
}

function NewFields({ wrong }) {
  return html`
    <div class="wide">
      <${Field} label="Filter" name="filter" rows="2" error=${wrong('filter')}
        placeholder=${'{"body": {"status": ["paid"]}}'}
        hint="A pattern that events have to match, as JSON. Empty: all of its types. Once created, it can be tried with a sample." />
    </div>
    <${Field} label="Begin with" name="from" error=${wrong('from')} placeholder="now"
      hint="now, earliest, a time back such as 10m, a time such as 2026-01-31T08:00:00Z, or an offset" />
    <${Field} label="Signing secret" name="secret" error=${wrong('secret')}
      placeholder="whsec_…" hint="Empty: one is made" />
  `;
}

function options(texts, chosen) {
  return Object.entries(texts).map(
    ([value, text]) => html`<option key=${value} value=${value}
      selected=${value === chosen}>${text}</option>`,
  );
}

/** The filter as JSON, digit by digit; what is none goes as text, which the API refuses. */
export function filterText(text) {
  return isJson(text) ? text : JSON.stringify(text);
}
