import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { wrongField } from '../lib/problem.js';
import { sourceBody } from '../lib/sources.js';
import { Field, valuesOf } from '../ui/fields.js';

/**
 * How the records of a source are read, to make or change it.
 *
 * @param {object} given
 * @param {any} [given.source] as it is now; absent: a new one
 * @param {(body: object) => Promise<unknown>} given.save
 * @param {string} given.action what the button says
 */
export function SourceForm({ source, save, action }) {
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    setError(null);
    await save(sourceBody(valuesOf(event.target))).catch(setError);
    setBusy(false);
  };
  const wrong = (name) => wrongField(error, name);
  const choice = (name, label, texts, chosen) =>
    html`<${Field} label=${label} name=${name} error=${wrong(name)}>
      ${Object.entries(texts).map(
        ([value, text]) => html`<option key=${value} value=${value}
          selected=${value === chosen}>${text}</option>`,
      )}
    </${Field}>`;
  return html`<form onSubmit=${onSubmit}>
    <div class="form">
      ${
        source === undefined &&
        html`
          <${Field} label="Topic" name="topic" required error=${wrong('topic')}
            placeholder="orders" hint="It is never written to, and need not exist yet" />
          <${Field} label="Begin with" name="from" error=${wrong('from')} placeholder="now"
            hint="now, earliest, a time back such as 10m, a time such as 2026-01-31T08:00:00Z, or an offset" />
        `
      }
      <${Field} label="User of a record" name="user_id" error=${wrong('user_id')}
        defaultValue=${source?.user_id} placeholder="key"
        hint="key, header:NAME, or a JSON pointer such as /after/customer_id. Empty: key" />
      <${Field} label="Event type of a record" name="event_type" error=${wrong('event_type')}
        defaultValue=${source?.event_type} placeholder="header:event-type"
        hint="header:NAME, a JSON pointer, or one type for all. Where it finds none: the topic" />
      ${choice('tombstones', 'Records without a value', TOMBSTONES, source?.tombstones)}
      ${choice('to_default', 'Default endpoint', TO_DEFAULT, String(source?.to_default))}
    </div>
    ${error && html`<p class="note bad" role="alert">${error.message}</p>`}
    <button class="primary" disabled=${isBusy}>${action}</button>
  </form>`;
}

const TOMBSTONES = { skip: 'Are passed over', deliver: 'Are sent with an empty body' };
const TO_DEFAULT = { false: 'Gets none of them', true: 'Gets each of them, too' };
