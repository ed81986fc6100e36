import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiKey, getJson } from '../lib/api.js';
import { causeOf, groupQuery } from '../lib/dead-letters.js';
import { count } from '../lib/format.js';
import { link } from '../lib/route.js';
import { Card, Time } from '../ui/basics.js';
import { ENDPOINT_COLUMN } from '../ui/endpoint-columns.js';
import { Table } from '../ui/table.js';

const SHOWN = 12;

/** Dead letters by endpoint and cause: a thousand with one cause are one line. */
export function Groups({ total, query }) {
  const [groups, setGroups] = useState([]);
  useEffect(() => {
    if (!(total > 0)) {
      setGroups([]);
      return;
    }
    let isOld = false;
    getJson('/dead-letters/groups').then(
      (found) => isOld || setGroups(found.groups),
      // The list below says what is wrong.
      () => {},
    );
    return () => (isOld = true);
  }, [total, apiKey.value]);
  if (groups.length === 0) return null;
  const columns = [
    {
      title: 'Cause',
      className: 'text',
      cell: (group) =>
        html`<a href=${link(['dead-letters'], groupQuery(group))}>
          <span class="clamp">${causeOf(group)}</span>
        </a>`,
    },
    ENDPOINT_COLUMN,
    { title: 'Dead', className: 'number', cell: (group) => html`<b>${count(group.count)}</b>` },
    {
      title: 'Last',
      className: 'nowrap',
      cell: ({ last_died_at: last }) => html`<${Time} at=${last} />`,
    },
  ];
  const isFiltered = Object.keys(query).length > 0;
  const all = isFiltered && html`<a href=${link(['dead-letters'])}>Show all</a>`;
  return html`<${Card} title="By cause" actions=${all}>
    <${Table} label="Dead letters by cause" columns=${columns} rows=${groups.slice(0, SHOWN)}
      keyOf=${(one) => `${one.subscription} ${one.status} ${one.error}`} />
  </${Card}>`;
}
