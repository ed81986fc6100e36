import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { count, plural, shortId } from '../lib/format.js';
import { listQuery } from '../lib/dead-letters.js';
import { status } from '../lib/live.js';
import { usePages } from '../lib/pages.js';
import { link, route } from '../lib/route.js';
import { Card, Empty, Head, Time } from '../ui/basics.js';
import { ENDPOINT_COLUMN } from '../ui/endpoint-columns.js';
import { PageEnd } from '../ui/pages.js';
import { Table } from '../ui/table.js';
import { DeadLetterActions } from './dead-letter-actions.js';
import { DeadLetterFilters } from './dead-letter-filters.js';
import { Groups } from './dead-letter-groups.js';

const PAGE = '100';

/** What was given up: why, how often, and putting it back. */
export function DeadLetters() {
  const { query } = route.value;
  const filters = listQuery(query);
  const pages = usePages(['dead-letters'], { ...filters, limit: PAGE }, 'dead_letters');
  const [chosen, setChosen] = useState(new Set());
  const total = status.value?.deliveries.dead_lettered;
  useEffect(() => setChosen(new Set()), [apiPath([], filters)]);
  // Others redrive too, and deliveries die meanwhile.
  useEffect(() => {
    if (total !== undefined && chosen.size === 0 && pages.rows.length <= Number(PAGE))
      pages.reload();
  }, [total]);
  const done = () => {
    setChosen(new Set());
    pages.reload();
  };
  const columns = [choiceColumn(pages.rows, chosen, setChosen), ...COLUMNS];
  return html`
    <${Head} title="Dead letters" actions=${html`<${DeadLetterActions} ids=${[...chosen]}
      query=${query} shown=${pages.rows.length} done=${done} />`}>
      <p class="soft" role="status">
        ${totalText(total, pages, filters)}
        ${chosen.size > 0 && `, ${plural(chosen.size, 'delivery')} chosen`}
      </p>
    </${Head}>
    <${Groups} total=${total} query=${query} />
    <${Card}><${DeadLetterFilters} query=${query} /></${Card}>
    <${Card}>
      ${
        pages.rows.length > 0 &&
        html`<${Table} label="Dead letters, newest first" columns=${columns} rows=${pages.rows}
        keyOf=${({ partition, offset }) => `${partition} ${offset}`} />`
      }
      <${PageEnd} pages=${pages} empty=${html`<${Nothing} filters=${filters} />`} />
    </${Card}>
  `;
}

/** What the list has, and how much of all that is. */
function totalText(total, { rows, cursor }, filters) {
  if (total === 0) return 'Nothing is given up.';
  if (Object.keys(filters).length === 0) return `${count(total)} in all`;
  return `${count(rows.length)}${cursor === null ? '' : ' or more'} match, of ${count(total)} in all`;
}

function Nothing({ filters }) {
  if (Object.keys(filters).length === 0) {
    return html`<${Empty} title="No dead letter">
      <p>Whatever is given up after its last attempt comes here, and can be put back.</p>
    </${Empty}>`;
  }
  return html`<${Empty} title="No dead letter matches">
    <p><a href=${link(['dead-letters'])}>Show all</a></p>
  </${Empty}>`;
}

function choiceColumn(rows, chosen, setChosen) {
  const ids = rows.map(({ id }) => id).filter((id) => id !== null);
  const toggle = (id) => {
    const next = new Set(chosen);
    if (!next.delete(id)) next.add(id);
    setChosen(next);
  };
  const areAll = ids.length > 0 && ids.every((id) => chosen.has(id));
  return {
    title: 'Choose',
    className: 'choose',
    header: html`<input type="checkbox" aria-label="Choose all that are shown" checked=${areAll}
      onChange=${() => setChosen(new Set(areAll ? [] : ids))} />`,
    cell: ({ id }) =>
      id !== null &&
      html`<input type="checkbox" aria-label="Choose ${id}" checked=${chosen.has(id)}
        onChange=${() => toggle(id)} />`,
  };
}

const COLUMNS = [
  {
    title: 'Delivery',
    className: 'nowrap',
    cell: ({ id, subscription }) =>
      id === null
        ? html`<span class="soft">no id</span>`
        : html`<a class="mono" title=${id}
            href=${link(['deliveries', id], { subscription })}>${shortId(id, 30)}</a>`,
  },
  {
    title: 'Error',
    className: 'text',
    cell: ({ error }) => html`<span class="clamp" title=${error}>${error}</span>`,
  },
  { title: 'Attempts', className: 'number', cell: ({ attempts }) => count(attempts) },
  { title: 'Given up', className: 'nowrap', cell: ({ died_at: at }) => html`<${Time} at=${at} />` },
  { title: 'User', className: 'text', cell: ({ user }) => user ?? '–' },
  ENDPOINT_COLUMN,
  {
    title: 'Put back',
    className: 'number',
    cell: ({ redrives }) => (redrives === 0 ? 'not yet' : `${count(redrives)} ×`),
  },
];
