import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, sendJson } from '../lib/api.js';
import { count, duration, plural, rate } from '../lib/format.js';
import { status } from '../lib/live.js';
import { useEvery } from '../lib/load.js';
import { usePages } from '../lib/pages.js';
import { link } from '../lib/route.js';
import { has } from '../lib/routes-there.js';
import { schemasWaitedFor, toneOfSource } from '../lib/sources.js';
import { Card, Empty, Head, State, Time } from '../ui/basics.js';
import { Dialog, confirmed } from '../ui/dialog.js';
import { PageEnd } from '../ui/pages.js';
import { Table } from '../ui/table.js';
import { attempt, say } from '../ui/toast.js';
import { SourceForm } from './source-form.js';

const EVERY_MS = 3_000;

const columnsOf = (edit, reload) => [
  {
    title: 'Topic',
    className: 'text',
    // What nobody reads has no place in the log.
    cell: ({ topic, state }) =>
      state === 'reading' ? html`<a href=${link(['log', topic])}>${topic}</a>` : topic,
  },
  { title: 'State', cell: (source) => html`<${SourceState} source=${source} />` },
  { title: 'Lag', className: 'number', cell: ({ lag }) => count(lag) },
  {
    title: 'Oldest waiting',
    className: 'number',
    cell: ({ lag_seconds: age }) => (age > 0 ? duration(age) : '–'),
  },
  { title: 'Rate', className: 'number', cell: (source) => rate(source.rate) },
  {
    title: 'Read as',
    className: 'text small',
    cell: ({ user_id: user, event_type: type }) => html`user ${user}, type ${type}`,
  },
  { title: 'Since', className: 'nowrap', cell: ({ created_at: at }) => html`<${Time} at=${at} />` },
  {
    title: 'What to do',
    className: 'nowrap',
    cell: (source) => html`<${SourceActions} ...${{ source, edit, reload }} />`,
  },
];

/** Topics of the user's whose records are events: whether each is read, and how far behind it is. */
export function Sources() {
  const pages = usePages(['sources'], { limit: '500' }, 'sources');
  const [open, setOpen] = useState(null);
  useEvery(pages.reload, EVERY_MS);
  const close = () => setOpen(null);
  const { rows } = pages;
  const create =
    has('post', '/sources') &&
    html`<button type="button" class="primary" onClick=${() => setOpen('new')}>New source</button>`;
  return html`
    <${Head} title="Sources" actions=${create}>
      <p class="soft">Topics of yours: each record is an event, delivered in place.</p>
    </${Head}>
    ${schemasWaitedFor(status.value).map(
      (text) => html`<p key=${text} class="note bad" role="alert">${text}</p>`,
    )}
    <${Card}>
      ${
        rows.length > 0 &&
        html`<${Table} label="Sources" columns=${columnsOf(setOpen, pages.reload)} rows=${rows}
        keyOf=${({ topic }) => topic} />`
      }
      <${PageEnd} pages=${pages} empty=${html`<${Empty} title="No source yet">
        <p>Make a topic of yours a source, and its records go to the endpoints that take them.</p>
      </${Empty}>`} />
    </${Card}>
    ${open === 'new' && html`<${NewSource} reload=${pages.reload} close=${close} />`}
    ${open?.topic && html`<${EditSource} source=${open} reload=${pages.reload} close=${close} />`}
  `;
}

/** Its state, and where it is not read the reason, which says what to do. */
function SourceState({ source }) {
  const { state, reason } = source;
  return html`<div>
    <${State} state=${toneOfSource(source)} label=${state} />
    ${reason && html`<div class="small bad">${reason}</div>`}
  </div>`;
}

function SourceActions({ source, edit, reload }) {
  const { topic, by, state } = source;
  const replay =
    state === 'reading' &&
    html`<a href=${link(['replay'], { topic })} aria-label="Replay ${topic}">Replay</a>`;
  if (by === 'settings') return html`<span class="soft">by SOURCE_TOPICS</span> ${replay}`;
  return html`<div class="row">
    <button type="button" aria-label="Edit ${topic}" onClick=${() => edit(source)}>Edit</button>
    <button type="button" class="danger" aria-label="Delete ${topic}"
      onClick=${() => remove(source, reload)}>Delete</button>
    ${replay}
  </div>`;
}

async function remove({ topic, lag }, reload) {
  const behind = lag > 0 ? `, ${plural(lag, 'record')} not read yet among it` : '';
  const sure = await confirmed({
    title: 'Delete this source?',
    text:
      `No more records of ${topic} are read, and what waits for endpoints is not sent${behind}. ` +
      'Failed deliveries are still retried. The topic itself stays as it is.',
    action: 'Delete',
    isDangerous: true,
  });
  if (sure === null) return;
  await attempt(() => sendJson('DELETE', apiPath(['sources', topic])), `${topic} is no source now`);
  reload();
}

function NewSource({ reload, close }) {
  const save = async (body) => {
    const made = await sendJson('POST', '/sources', body);
    say(made.reason ?? `${made.topic} is a source now`, made.reason ? 'bad' : 'good');
    reload();
    close();
  };
  return html`<${Dialog} title="New source" onClose=${close}>
    <${SourceForm} save=${save} action="Create" />
  </${Dialog}>`;
}

function EditSource({ source, reload, close }) {
  const save = async (body) => {
    await sendJson('PATCH', apiPath(['sources', source.topic]), body);
    say('Saved: it counts for what is read from now on');
    reload();
    close();
  };
  return html`<${Dialog} title="Edit ${source.topic}" onClose=${close}>
    <${SourceForm} source=${source} save=${save} action="Save" />
  </${Dialog}>`;
}
