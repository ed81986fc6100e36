import { html } from '../lib/html.js';
import { byUrgency, endpointId } from '../lib/endpoints.js';
import { link } from '../lib/route.js';
import { Card, State } from '../ui/basics.js';
import { BACKLOG_COLUMNS } from '../ui/endpoint-columns.js';
import { EndpointLink } from '../ui/endpoint-link.js';
import { Table } from '../ui/table.js';

const SHOWN = 8;

/** Endpoints, those first that are furthest behind. */
export function EndpointsBehind({ endpoints }) {
  const columns = [
    {
      title: 'Endpoint',
      className: 'text',
      cell: (one) => html`<${EndpointLink} endpoint=${{ id: endpointId(one), url: one.target }} />`,
    },
    { title: 'State', cell: ({ state }) => html`<${State} state=${state} />` },
    ...BACKLOG_COLUMNS,
  ];
  const all = html`<a href=${link(['endpoints'])}>All endpoints</a>`;
  return html`<${Card} title="Endpoints" actions=${all}>
    <${Table} label="Endpoints, the furthest behind first" columns=${columns}
      rows=${byUrgency(endpoints).slice(0, SHOWN)} keyOf=${endpointId} />
  </${Card}>`;
}
