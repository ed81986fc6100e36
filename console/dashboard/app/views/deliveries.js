import { html } from '../lib/html.js';
import { shortId, stateName } from '../lib/format.js';
import {
  attemptText,
  emptyHint,
  filtersOf,
  otherStates,
  outcomeOf,
  timeOf,
} from '../lib/delivery.js';
import { usePages } from '../lib/pages.js';
import { link, route } from '../lib/route.js';
import { Card, Empty, Head, State, Time } from '../ui/basics.js';
import { ENDPOINT_COLUMN } from '../ui/endpoint-columns.js';
import { PageEnd } from '../ui/pages.js';
import { Table } from '../ui/table.js';
import { DeliverySearch } from './delivery-search.js';
import { EraseUser } from './user-erase.js';

export const DELIVERY_COLUMNS = [
  {
    title: 'Delivery',
    className: 'nowrap',
    cell: ({ id }) =>
      html`<a class="mono" href=${link(['deliveries', id])} title=${id}>${shortId(id, 30)}</a>`,
  },
  { title: 'State', cell: ({ state }) => html`<${State} state=${state} />` },
  { title: 'Outcome', className: 'text', cell: outcomeOf },
  { title: 'Attempt', className: 'nowrap', cell: attemptText },
  { title: 'At', className: 'nowrap', cell: (one) => html`<${Time} at=${timeOf(one)} />` },
  {
    title: 'User',
    className: 'text',
    cell: ({ user }) => user && html`<a href=${link(['deliveries'], { user })}>${user}</a>`,
  },
  ENDPOINT_COLUMN,
  { title: 'Type', className: 'text', cell: ({ event_type: type }) => type ?? '–' },
];

/** Deliveries by what is known of them; the search is the address of the view. */
export function Deliveries() {
  const { query } = route.value;
  const filters = filtersOf(query);
  const pages = usePages(['deliveries'], { ...filters, limit: '50' }, 'deliveries');
  const isSearch = Object.keys(filters).length > 0;
  const actions = html`
    <button type="button" onClick=${pages.reload}>Refresh</button>
    ${query.user && html`<${EraseUser} user=${query.user} onErased=${pages.reload} key=${query.user} />`}
  `;
  return html`
    <${Head} title="Deliveries" actions=${actions} />
    <${Card}><${DeliverySearch} query=${query} /></${Card}>
    <${Card}>
      ${
        pages.rows.length > 0 &&
        html`<${Table} label="Deliveries" columns=${DELIVERY_COLUMNS} rows=${pages.rows}
        keyOf=${(one) => `${one.id} ${one.topic} ${one.partition} ${one.offset}`} />`
      }
      ${
        pages.last?.search_limit_met &&
        html`<p class="note warn">The log is longer than one search reads. Show more, or search by
        id or time.</p>`
      }
      <${PageEnd} pages=${pages} empty=${html`<${Nothing} isSearch=${isSearch} query=${query} />`} />
    </${Card}>
  `;
}

function Nothing({ isSearch, query }) {
  if (!isSearch) {
    return html`<${Empty} title="Nothing was attempted yet">
      <p>Drop a file under <a href=${link(['files'])}>Files</a>, or <code>POST /send</code>.</p>
    </${Empty}>`;
  }
  return html`<${Empty} title="No delivery matches">
    <p>${emptyHint(query.status)}
      ${otherStates(query.status).map(
        (state) =>
          html`${' '}<a key=${state} href=${link(['deliveries'], { ...query, status: state })}>
            Look among those that are ${stateName(state)}</a>.`,
      )}</p>
  </${Empty}>`;
}
