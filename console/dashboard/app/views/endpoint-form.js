import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { subscriptionBody } from '../lib/endpoints.js';
import { Field, valuesOf } from '../ui/fields.js';

/**
 * The settings of an endpoint, to create or change it.
 *
 * @param {object} given
 * @param {any} [given.endpoint] as it is now; absent: a new one
 * @param {(body: object) => Promise<unknown>} given.save
 * @param {string} given.action what the button says
 */
export function EndpointForm({ endpoint, save, action }) {
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    await save(subscriptionBody(valuesOf(event.target))).catch(setError);
    setBusy(false);
  };
  const wrong = (name) =>
    error?.fields
      ?.filter(({ field }) => field.split('.')[0] === name)
      .map(({ rule }) => rule)
      .join('; ');
  const isNew = endpoint === undefined;
  return html`<form onSubmit=${onSubmit}>
    <div class="form">
      <div class="wide">
        <${Field} label="Target URL" name="target_url" type="url" required
          error=${wrong('target_url')}
          defaultValue=${endpoint?.target_url} placeholder="https://example.com/webhook" />
      </div>
      <${Field} label="Event types" name="event_types" error=${wrong('event_types')}
        defaultValue=${endpoint?.event_types.join(', ')} placeholder="order.paid, invoice.*"
        hint="Empty: every type" />
      <${Field} label="Description" name="description" error=${wrong('description')}
        defaultValue=${endpoint?.description} maxlength="500" />
      <${Field} label="Deliveries a second at most" name="rate_limit" type="number" min="0"
        step="any" error=${wrong('rate_limit')} defaultValue=${endpoint?.rate_limit}
        hint="Empty: no limit" />
      <${Field} label="Order" name="ordering" error=${wrong('ordering')}>
        ${[
          ['', 'As ORDERING says'],
          ['none', 'Any order'],
          ['key', 'Each user strictly in order'],
        ].map(
          ([value, text]) => html`<option key=${value} value=${value}
            selected=${value === (endpoint?.ordering ?? '')}>${text}</option>`,
        )}
      </${Field}>
      <div class="field wide">
        <label for="field-headers">Headers of each delivery</label>
        <textarea id="field-headers" name="headers" rows="2" placeholder="x-token: abc"
          aria-describedby="field-headers-hint"></textarea>
        <p class="hint" id="field-headers-hint">
          One a line.${!isNew && ' Their values stay hidden; what is given here replaces all.'}
        </p>
        ${wrong('headers') && html`<p class="wrong">${wrong('headers')}</p>`}
      </div>
      ${
        isNew &&
        html`
        <${Field} label="Begin with" name="from" error=${wrong('from')} placeholder="now"
          hint="now, earliest, a time such as 2026-01-31T08:00:00Z, or an offset" />
        <${Field} label="Signing secret" name="secret" error=${wrong('secret')}
          placeholder="whsec_…" hint="Empty: one is made" />
      `
      }
    </div>
    ${error && html`<p class="note bad" role="alert">${error.message}</p>`}
    <button class="primary" disabled=${isBusy}>${action}</button>
  </form>`;
}
