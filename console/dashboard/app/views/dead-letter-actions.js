import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, getJson } from '../lib/api.js';
import { listQuery } from '../lib/dead-letters.js';
import { saveAs } from '../lib/save.js';
import { attempt } from '../ui/toast.js';
import { DiscardDialog } from './dead-letter-discard.js';
import { RedriveDialog } from './dead-letter-redrive.js';

const EXPORT_PAGE = 1_000;

/** What can be done with the dead letters that are chosen, or with all that match. */
export function DeadLetterActions({ ids, query, shown, done }) {
  const [open, setOpen] = useState(null);
  const close = () => {
    setOpen(null);
    done();
  };
  const isFiltered = Object.keys(listQuery(query)).length > 0;
  const what = ids.length > 0 ? `${ids.length} chosen` : isFiltered ? 'all that match' : 'all';
  const isNothing = shown === 0 && ids.length === 0;
  return html`
    <button type="button" class="primary" disabled=${isNothing} onClick=${() => setOpen('redrive')}>
      Redrive ${what}…
    </button>
    <button type="button" class="danger" disabled=${isNothing} onClick=${() => setOpen('discard')}>
      Discard ${what}…
    </button>
    <button type="button" disabled=${isNothing} onClick=${() => exportAll(ids, query)}>
      Export ${what}
    </button>
    ${open === 'redrive' && html`<${RedriveDialog} ...${{ ids, query, what, close }} />`}
    ${open === 'discard' && html`<${DiscardDialog} ...${{ ids, query, what, close }} />`}
  `;
}

/** Saves dead letters as lines of JSON, which programs read one by one. */
function exportAll(ids, query) {
  const wanted = new Set(ids);
  const work = async () => {
    const lines = [];
    let cursor = null;
    do {
      const page = { ...listQuery(query), limit: EXPORT_PAGE, cursor };
      const { dead_letters: found, next_cursor: next } = await getJson(
        apiPath(['dead-letters'], page),
      );
      const kept = wanted.size === 0 ? found : found.filter(({ id }) => wanted.has(id));
      lines.push(...kept.map((one) => `${JSON.stringify(one)}\n`));
      cursor = next;
    } while (cursor !== null);
    saveAs(new Blob(lines, { type: 'application/x-ndjson' }), 'dead-letters.jsonl');
    return lines.length;
  };
  return attempt(work, (saved) => `${saved.toLocaleString('en')} exported`);
}
