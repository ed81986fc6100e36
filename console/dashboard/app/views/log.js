import { html } from '../lib/html.js';
import { count, duration } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { status } from '../lib/live.js';
import { link } from '../lib/route.js';
import { lagOf, ownersOf } from '../lib/topics.js';
import { Card, Head, Loaded } from '../ui/basics.js';
import { Table } from '../ui/table.js';

const EVERY_MS = 3_000;

const COLUMNS = [
  {
    title: 'Topic',
    className: 'text',
    cell: ({ topic }) => html`<a href=${link(['log', topic])}>${topic}</a>`,
  },
  { title: 'Partitions', className: 'number', cell: ({ partitions }) => count(partitions.length) },
  { title: 'Offsets', className: 'number', cell: ({ offsets }) => count(offsets) },
  { title: 'Lag', className: 'number', cell: (topic) => count(lagOf(topic)) },
  { title: 'Oldest waiting', className: 'number', cell: ({ topic }) => ageOf(topic) },
  {
    title: 'Read by',
    className: 'text',
    cell: (topic) =>
      html`<span class="soft">${topic.readers ?? (ownersOf(topic).join(', ') || 'no consumer')}</span>`,
  },
];

/** Topics of the log: how much they hold, who reads them, and how far behind. */
export function Log() {
  const from = useLoad('/topics', { everyMs: EVERY_MS });
  return html`
    <${Head} title="Log" />
    <${Card} title="Topics">
      <${Loaded} from=${from}>
        ${({ topics }) => html`<${Table} label="Topics" columns=${COLUMNS} rows=${topics}
          keyOf=${({ topic }) => topic} />`}
      </${Loaded}>
      <p class="soft small">
        Offsets and lag count records and the markers of transactions. Lag is what the consumers have
        not delivered yet, so topics that no consumer delivers from have none.
      </p>
    </${Card}>
  `;
}

function ageOf(topic) {
  const found = status.value?.topics.find((one) => one.topic === topic);
  return found?.lag_seconds > 0 ? duration(found.lag_seconds) : '–';
}
