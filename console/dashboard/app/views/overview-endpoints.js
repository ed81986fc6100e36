import { html } from '../lib/html.js';
import { count, duration, rate, shortUrl } from '../lib/format.js';
import { byUrgency, endpointId, lastAnswer, waitingFor } from '../lib/endpoints.js';
import { link } from '../lib/route.js';
import { Card, State, Time } from '../ui/basics.js';
import { Table } from '../ui/table.js';

const SHOWN = 8;

/** Endpoints, those first that are furthest behind. */
export function EndpointsBehind({ endpoints }) {
  const columns = [
    {
      title: 'Endpoint',
      className: 'text',
      cell: (one) =>
        html`<a href=${link(['endpoints', endpointId(one)])} title=${one.target}>
          ${shortUrl(one.target)}
        </a>`,
    },
    { title: 'State', cell: ({ state }) => html`<${State} state=${state} />` },
    {
      title: 'Behind',
      className: 'number',
      cell: ({ oldest_waiting_seconds: age }) => (age > 0 ? duration(age) : '–'),
    },
    { title: 'Waiting', className: 'number', cell: (one) => count(waitingFor(one)) },
    { title: 'Rate', className: 'number', cell: (one) => rate(one.rate) },
    { title: 'Last answer', className: 'text', cell: lastAnswer },
    {
      title: 'At',
      className: 'nowrap',
      cell: (one) => html`<${Time} at=${one.last_attempt_at} />`,
    },
  ];
  const all = html`<a href=${link(['endpoints'])}>All endpoints</a>`;
  return html`<${Card} title="Endpoints" actions=${all}>
    <${Table} label="Endpoints, the furthest behind first" columns=${columns}
      rows=${byUrgency(endpoints).slice(0, SHOWN)} keyOf=${endpointId} />
  </${Card}>`;
}
