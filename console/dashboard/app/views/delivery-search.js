import { html } from '../lib/html.js';
import { STATES, instantOf, localInput } from '../lib/delivery.js';
import { stateName } from '../lib/format.js';
import { go } from '../lib/route.js';
import { EndpointField } from '../ui/endpoint-field.js';
import { Field, useFormValues, valuesOf } from '../ui/fields.js';

/** The form of a search; sent, it becomes the address of the view. */
export function DeliverySearch({ query }) {
  const times = { since: localInput(query.since), until: localInput(query.until) };
  const form = useFormValues({ ...query, ...times });
  const onSubmit = (event) => {
    event.preventDefault();
    const { since, until, ...rest } = valuesOf(event.target);
    const instants = { since: since && instantOf(since), until: until && instantOf(until) };
    go(['deliveries'], { ...rest, ...instants });
  };
  const text = (name, label) => html`<${Field} label=${label} name=${name} />`;
  return html`<form ref=${form} class="filters" onSubmit=${onSubmit} role="search" aria-label="Deliveries">
    ${text('user', 'User')} ${text('id', 'Delivery id')} <${EndpointField} />
    <${Field} label="State or HTTP status" name="status" list="states" />
    <datalist id="states">
      ${STATES.map((state) => html`<option key=${state} value=${state}>${stateName(state)}</option>`)}
    </datalist>
    ${text('event_type', 'Event type')} ${text('file', 'File id')} ${text('error', 'Error')}
    <${Field} label="Since" name="since" type="datetime-local" />
    <${Field} label="Until" name="until" type="datetime-local" />
    <div class="buttons">
      <button class="primary">Search</button>
      <button type="button" onClick=${() => go(['deliveries'])}>Clear</button>
    </div>
  </form>`;
}
