import { useId, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { endpointChoices } from '../lib/endpoints.js';
import { status } from '../lib/live.js';
import { useLoad } from '../lib/load.js';
import { Field } from './fields.js';

/** As many as the API lists at once; the id of any other can be typed. */
const OFFERED_MAX = 500;

/**
 * A field for an endpoint: it offers those that are there, and takes any id that is typed. The hint
 * gives way to the name of the endpoint that is chosen.
 */
export function EndpointField({ label = 'Endpoint', hint, ...rest }) {
  const list = useId();
  const [chosen, setChosen] = useState('');
  const { data } = useLoad(apiPath(['subscriptions'], { limit: OFFERED_MAX }));
  const all = endpointChoices(data?.subscriptions ?? [], status.value?.endpoints ?? []);
  return html`
    <${Field} label=${label} name="subscription" placeholder="Choose or type"
      list=${list} hint=${hint && (all.find(({ id }) => id === chosen)?.text ?? hint)}
      onInput=${(event) => setChosen(event.target.value.trim())} ...${rest} />
    <datalist id=${list}>
      ${all.map(({ id, text }) => html`<option key=${id} value=${id} label=${text} />`)}
    </datalist>
  `;
}
