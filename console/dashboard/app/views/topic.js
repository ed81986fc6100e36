import { html } from '../lib/html.js';
import { count, shortId } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { link, route } from '../lib/route.js';
import { Card, Empty, Head, Loaded } from '../ui/basics.js';
import { Table } from '../ui/table.js';
import { Records } from './topic-records.js';

const EVERY_MS = 3_000;

/** One topic: where each partition begins and ends, who reads it, and its records. */
export function Topic() {
  const [, topic] = route.value.parts;
  const from = useLoad('/topics', { everyMs: EVERY_MS });
  return html`
    <${Head} title=${topic} above=${html`<a href=${link(['log'])}>Log</a>`} />
    <${Loaded} from=${from}>
      ${({ topics }) => {
        const found = topics.find((one) => one.topic === topic);
        return found
          ? html`<${Found} ...${found} />`
          : html`<${Empty} title="There is no topic of this name" />`;
      }}
    </${Loaded}>
  `;
}

function Found({ topic, readers, partitions }) {
  return html`
    <${Card} title="Partitions">
      ${
        readers &&
        html`<p class="soft">Read by ${readers}. No consumer delivers from this topic, so nothing is
          committed here, and no lag counts.</p>`
      }
      <${Table} label="Partitions" columns=${columnsOf(topic, readers === null)} rows=${partitions}
        keyOf=${({ partition }) => partition} />
    </${Card}>
    <${Records} topic=${topic} partitions=${partitions} key=${topic} />
  `;
}

function columnsOf(topic, isDelivered) {
  const to = (partition, offset) => link(['log', topic], { partition, offset });
  return [
    {
      title: 'Partition',
      cell: ({ partition }) => html`<a href=${to(partition)}>${partition}</a>`,
    },
    {
      title: 'Start',
      className: 'number',
      cell: ({ partition, start }) => html`<a href=${to(partition, start)}>${count(start)}</a>`,
    },
    {
      title: 'Committed',
      className: 'number',
      isHidden: !isDelivered,
      cell: ({ partition, committed }) =>
        committed === null
          ? '–'
          : html`<a href=${to(partition, committed)}>${count(committed)}</a>`,
    },
    { title: 'End', className: 'number', cell: ({ end }) => count(end) },
    {
      title: 'Lag',
      className: 'number',
      isHidden: !isDelivered,
      cell: ({ committed, end }) =>
        committed === null ? '–' : count(Math.max(0, end - committed)),
    },
    {
      title: 'Consumer',
      className: 'text',
      isHidden: !isDelivered,
      cell: ({ owner }) => owner ?? 'none',
    },
    {
      title: 'Endpoints behind',
      className: 'text',
      isHidden: !isDelivered,
      cell: (one) => html`<${Cursors} of=${one} to=${to} />`,
    },
  ];
}

function Cursors({ of, to }) {
  const { partition, cursors, cursor_count: all } = of;
  if (all === 0) return html`<span class="soft">none</span>`;
  return html`<ul>
    ${cursors.map(
      ({ endpoint, offset }) =>
        html`<li key=${endpoint}>
          <a href=${link(['endpoints', endpoint])} title=${endpoint}>${shortId(endpoint, 16)}</a> at
          <a href=${to(partition, offset)}> ${count(offset)}</a>
        </li>`,
    )}
    ${all > cursors.length && html`<li class="soft">and ${count(all - cursors.length)} more</li>`}
  </ul>`;
}
