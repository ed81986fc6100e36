import { html } from '../lib/html.js';
import { keyState, useKey } from '../lib/api.js';
import { Head } from '../ui/basics.js';
import { Field, valuesOf } from '../ui/fields.js';

/** Asks for the API key, which stays in this tab alone. */
export function KeyForm() {
  const isRefused = keyState.value === 'refused';
  const onSubmit = (event) => {
    event.preventDefault();
    useKey(valuesOf(event.target).key ?? '');
  };
  return html`
    <${Head} title="This system asks for a key" />
    <form class="card narrow" onSubmit=${onSubmit}>
      <${Field} label="API key" name="key" type="password" required
        error=${isRefused && 'This key is not accepted.'}
        hint="One of API_KEYS. It is kept until this tab is closed." />
      <button class="primary">Use this key</button>
    </form>
  `;
}
