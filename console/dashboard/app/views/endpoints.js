import { html } from '../lib/html.js';
import { byUrgency, joined, matches } from '../lib/endpoints.js';
import { status } from '../lib/live.js';
import { useEvery } from '../lib/load.js';
import { usePages } from '../lib/pages.js';
import { link, route, setQuery } from '../lib/route.js';
import { Card, Empty, Head, State } from '../ui/basics.js';
import { BACKLOG_COLUMNS } from '../ui/endpoint-columns.js';
import { EndpointLink } from '../ui/endpoint-link.js';
import { Field } from '../ui/fields.js';
import { PageEnd } from '../ui/pages.js';
import { Table } from '../ui/table.js';

const EVERY_MS = 10_000;

const COLUMNS = [
  {
    title: 'Endpoint',
    className: 'text',
    cell: (endpoint) => html`<${EndpointLink} endpoint=${endpoint} />`,
  },
  { title: 'State', cell: ({ state }) => html`<${State} state=${state} />` },
  {
    title: 'Events',
    className: 'text',
    cell: ({ event_types: types, id }) =>
      id === 'default' ? 'files and /send' : types.join(', ') || 'every type',
  },
  ...BACKLOG_COLUMNS,
];

/** Every endpoint: the default one and each subscription. */
export function Endpoints() {
  const pages = usePages(['subscriptions'], { limit: '500' }, 'subscriptions');
  useEvery(pages.reload, EVERY_MS);
  const { find = '' } = route.value.query;
  const all = byUrgency(joined(pages.rows, status.value?.endpoints ?? []));
  const rows = all.filter((one) => matches(one, find));
  const create = html`<a class="button primary" href=${link(['endpoints', 'new'])}>New endpoint</a>`;
  return html`
    <${Head} title="Endpoints" actions=${create} />
    <${Card}>
      <div class="filters one">
        <${Field} label="Filter by URL, id, type or state" name="find" type="search" value=${find}
          onInput=${(event) => setQuery({ find: event.target.value })} />
      </div>
    </${Card}>
    <${Card}>
      ${
        rows.length > 0 &&
        html`<${Table} label="Endpoints, the furthest behind first" columns=${COLUMNS} rows=${rows}
        keyOf=${({ id }) => id} />`
      }
      ${rows.length === 0 && !pages.loading && html`<${Empty} title="No endpoint matches" />`}
      <${PageEnd} pages=${pages} empty=${null} />
    </${Card}>
  `;
}
