import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { count } from '../lib/format.js';
import { deliveryParts, isMoving, readingParts, troubleOf } from '../lib/file.js';
import { useLoad } from '../lib/load.js';
import { link } from '../lib/route.js';
import { Bar } from '../ui/bar.js';
import { Card, Empty, Head, Loaded, State, Time } from '../ui/basics.js';
import { Table } from '../ui/table.js';
import { DropZone } from './file-upload.js';

const MOVING_MS = 1_000;

const COLUMNS = [
  {
    title: 'File',
    className: 'text',
    cell: ({ id, name }) => html`<a href=${link(['files', id])}>${name}</a>`,
  },
  { title: 'State', cell: (file) => html`<${FileState} file=${file} />` },
  {
    title: 'Reading',
    className: 'bars',
    cell: (file) => html`<${Bar} label="Reading" ...${readingParts(file)} />`,
  },
  {
    title: 'Delivery',
    className: 'bars',
    cell: (file) => html`<${Bar} label="Delivery" ...${deliveryParts(file)} />`,
  },
  { title: 'Rows', className: 'number', cell: ({ rows }) => count(rows) },
  { title: 'Delivered', className: 'number', cell: ({ delivered }) => count(delivered) },
  { title: 'Waiting', className: 'number', cell: (file) => count(file.waiting + file.retrying) },
  {
    title: 'Trouble',
    className: 'text',
    cell: (file) => html`<span class=${file.dead > 0 || file.error ? 'bad' : 'warn'}>
      ${troubleOf(file) || html`<span class="soft">none</span>`}
    </span>`,
  },
  { title: 'Read', className: 'nowrap', cell: ({ started_at: at }) => html`<${Time} at=${at} />` },
];

/** A file that was read to its end is not done for a person while rows of it move or are dead. */
export function FileState({ file }) {
  const { state, dead, delivered, rows, rejected } = file;
  if (state !== 'done') return html`<${State} state=${state} />`;
  if (isMoving(file)) return html`<${State} state="running" label="delivering" />`;
  if (dead > 0) return html`<${State} state="dead" label="has dead rows" />`;
  if (delivered + rejected < rows) return html`<${State} state="degraded" label="incomplete" />`;
  return html`<${State} state="done" />`;
}

/** Files, newest first, and where new ones are dropped. */
export function Files() {
  const from = useLoad(apiPath(['files'], { limit: 100 }), { everyMs: MOVING_MS });
  const [uploaded, setUploaded] = useState([]);
  const onDone = (files) => {
    setUploaded(files);
    from.reload();
  };
  return html`
    <${Head} title="Files" />
    <${DropZone} onDone=${onDone} known=${from.data?.files ?? []} />
    <${Loaded} from=${from}>
      ${({ files, left_in_inbox: left, left_in_inbox_count: leftCount }) => html`
        <${Card} title="Files">
          ${
            files.length === 0
              ? html`<${NoFile} uploaded=${uploaded} />`
              : html`<${Table} label="Files, newest first" columns=${COLUMNS} rows=${files}
                keyOf=${({ id }) => id} />`
          }
        </${Card}>
        ${left.length > 0 && html`<${LeftInInbox} left=${left} total=${leftCount} />`}
      `}
    </${Loaded}>
  `;
}

/** A file is announced a moment after its upload. */
function NoFile({ uploaded }) {
  if (uploaded.length > 0) {
    return html`<p class="soft" role="status">Reading begins in a moment.</p>`;
  }
  return html`<${Empty} title="No file yet">
    <p>Drop a CSV with the columns user_id and alert_message, here or into the inbox.</p>
  </${Empty}>`;
}

function LeftInInbox({ left, total }) {
  const columns = [
    { title: 'Name', className: 'text', cell: ({ name }) => name },
    { title: 'Why', className: 'text', cell: ({ message }) => message },
    { title: 'Since', className: 'nowrap', cell: ({ since }) => html`<${Time} at=${since} />` },
  ];
  return html`<${Card} title="Left in the inbox (${count(total)})">
    <${Table} label="Left in the inbox" columns=${columns} rows=${left}
      keyOf=${({ name }) => name} />
  </${Card}>`;
}
