import { html } from '../lib/html.js';
import { STATES, instantOf, localInput } from '../lib/delivery.js';
import { stateName } from '../lib/format.js';
import { go } from '../lib/route.js';
import { takes } from '../lib/routes-there.js';
import { Field, valuesOf } from '../ui/fields.js';

/** The form of a search; sent, it becomes the address of the view. */
export function DeliverySearch({ query }) {
  const onSubmit = (event) => {
    event.preventDefault();
    const { since, until, ...rest } = valuesOf(event.target);
    const times = { since: since && instantOf(since), until: until && instantOf(until) };
    go(['deliveries'], { ...rest, ...times });
  };
  const text = (name, label) =>
    takes('get', '/deliveries', name) &&
    html`<${Field} label=${label} name=${name} defaultValue=${query[name]} key=${query[name]} />`;
  return html`<form class="filters" onSubmit=${onSubmit} role="search" aria-label="Deliveries">
    ${text('user', 'User')} ${text('id', 'Delivery id')} ${text('subscription', 'Endpoint id')}
    <${Field} label="State or HTTP status" name="status" list="states" defaultValue=${query.status}
      key=${`status ${query.status}`} />
    <datalist id="states">
      ${STATES.map((state) => html`<option key=${state} value=${state}>${stateName(state)}</option>`)}
    </datalist>
    ${text('event_type', 'Event type')} ${text('file', 'File id')} ${text('error', 'Error')}
    <${Field} label="Since" name="since" type="datetime-local"
      defaultValue=${localInput(query.since)} key=${`since ${query.since}`} />
    <${Field} label="Until" name="until" type="datetime-local"
      defaultValue=${localInput(query.until)} key=${`until ${query.until}`} />
    <div class="buttons">
      <button class="primary">Search</button>
      <button type="button" onClick=${() => go(['deliveries'])}>Clear</button>
    </div>
  </form>`;
}
