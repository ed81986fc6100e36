import { html } from '../lib/html.js';
import { count, duration } from '../lib/format.js';
import { status } from '../lib/live.js';
import { link } from '../lib/route.js';
import { has } from '../lib/routes-there.js';
import { Card, Empty, Head } from '../ui/basics.js';
import { Table } from '../ui/table.js';

/** The topics of the log, and how far behind its end the consumers are. */
export function Log() {
  const now = status.value;
  const canRead = has('get', '/topics/{topic}/records');
  const columns = [
    {
      title: 'Topic',
      className: 'text',
      cell: ({ topic }) => (canRead ? html`<a href=${link(['log', topic])}>${topic}</a>` : topic),
    },
    { title: 'End', className: 'number', cell: ({ end }) => count(end) },
    { title: 'Committed', className: 'number', cell: ({ committed }) => count(committed) },
    { title: 'Lag', className: 'number', cell: ({ lag }) => count(lag) },
    {
      title: 'Oldest waiting',
      className: 'number',
      cell: ({ lag_seconds: seconds }) => (seconds > 0 ? duration(seconds) : '–'),
    },
  ];
  return html`
    <${Head} title="Log" />
    <${Card} title="Topics that consumers read">
      ${
        now === null
          ? html`<p class="loading" role="status">Loading…</p>`
          : now.topics.length === 0
            ? html`<${Empty} title="No topic was seen yet" />`
            : html`<${Table} label="Topics" columns=${columns} rows=${now.topics}
              keyOf=${({ topic }) => topic} />`
      }
      <p class="soft small">Lag counts records and transaction markers behind the committed offset.</p>
    </${Card}>
  `;
}
