import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { millis, shortId } from '../lib/format.js';
import { attemptText, outcomeOf, timeOf } from '../lib/delivery.js';
import { useLoad } from '../lib/load.js';
import { link } from '../lib/route.js';
import { Card, Empty, Loaded, State, Time } from '../ui/basics.js';
import { Table } from '../ui/table.js';

const EVERY_MS = 3_000;

/** The latest attempts for one endpoint; for that of WEBHOOK_URL, its latest deliveries. */
export function LatestAttempts({ id }) {
  const isDefault = id === 'default';
  const path = isDefault
    ? apiPath(['deliveries'], { subscription: id, limit: 10 })
    : apiPath(['subscriptions', id, 'logs'], { limit: 10 });
  const from = useLoad(path, { everyMs: EVERY_MS });
  const columns = [
    {
      title: 'Delivery',
      className: 'nowrap',
      cell: (one) =>
        html`<a class="mono" href=${link(['deliveries', one.id])} title=${one.id}>
          ${shortId(one.id, 30)}
        </a>`,
    },
    { title: 'State', cell: ({ state }) => html`<${State} state=${state} />` },
    { title: 'Outcome', className: 'text', cell: outcomeOf },
    { title: 'Attempt', className: 'nowrap', cell: attemptText },
    {
      title: 'Took',
      className: 'number',
      isHidden: isDefault,
      cell: ({ latency_ms: latency }) => millis(latency),
    },
    {
      title: 'At',
      className: 'nowrap',
      cell: (one) => html`<${Time} at=${one.at ?? timeOf(one)} />`,
    },
  ];
  const all = html`<a href=${link(['deliveries'], { subscription: id })}>All deliveries</a>`;
  return html`<${Card} title="Latest attempts" actions=${all}>
    <${Loaded} from=${from}>
      ${({ attempts, deliveries }) => {
        const rows = attempts ?? deliveries;
        if (rows.length === 0) return html`<${Empty} title="No delivery was sent yet" />`;
        return html`<${Table} label="Latest attempts" columns=${columns} rows=${rows}
          keyOf=${({ id: delivery, attempt, at }) => `${delivery} ${attempt} ${at}`} />`;
      }}
    </${Loaded}>
  </${Card}>`;
}
