import { html } from '../lib/html.js';
import { go } from '../lib/route.js';
import { EndpointField } from '../ui/endpoint-field.js';
import { Field, useFormValues, valuesOf } from '../ui/fields.js';

const FIELDS = [
  ['user', 'User'],
  ['status', 'HTTP status'],
  ['error', 'Error'],
  ['since', 'Since, such as 2h'],
  ['id', 'Delivery id'],
];

/** Narrows the list, and with it what "all that match" means. */
export function DeadLetterFilters({ query }) {
  const form = useFormValues(query);
  const onSubmit = (event) => {
    event.preventDefault();
    go(['dead-letters'], valuesOf(event.target));
  };
  return html`<form ref=${form} class="filters" role="search" aria-label="Dead letters" onSubmit=${onSubmit}>
    <${EndpointField} />
    ${FIELDS.map(([name, label]) => html`<${Field} key=${name} label=${label} name=${name} />`)}
    <div class="buttons">
      <button class="primary">Filter</button>
      <button type="button" onClick=${() => go(['dead-letters'])}>Clear</button>
    </div>
  </form>`;
}
