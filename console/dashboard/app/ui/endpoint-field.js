import { useId } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { endpointChoices } from '../lib/endpoints.js';
import { status } from '../lib/live.js';
import { useLoad } from '../lib/load.js';
import { Field } from './fields.js';

/** As many as the API lists at once; the id of any other can be typed. */
const OFFERED_MAX = 500;

/** A field for an endpoint: it offers those that are there, and takes any id that is typed. */
export function EndpointField({ label = 'Endpoint', ...rest }) {
  const list = useId();
  const { data } = useLoad(apiPath(['subscriptions'], { limit: OFFERED_MAX }));
  const all = endpointChoices(data?.subscriptions ?? [], status.value?.endpoints ?? []);
  return html`
    <${Field} label=${label} name="subscription" placeholder="Choose, or type an id"
      list=${list} ...${rest} />
    <datalist id=${list}>
      ${all.map(({ id, text }) => html`<option key=${id} value=${id} label=${text} />`)}
    </datalist>
  `;
}
