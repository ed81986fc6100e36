import { useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { bytes, percent, plural } from '../lib/format.js';
import { upload } from '../lib/upload.js';
import { link } from '../lib/route.js';
import { Bar } from '../ui/bar.js';

const ACCEPTED = '.csv,.tsv,.txt,.gz,.zst,.jsonl,.ndjson,.parquet';

/** Where files are dropped or chosen, and how far their upload is. */
export function DropZone({ onDone, known }) {
  const [state, setState] = useState(null);
  const [isOver, setOver] = useState(false);
  const input = useRef(null);
  const send = async (list) => {
    const files = [...list];
    if (files.length === 0) return;
    const total = files.reduce((sum, { size }) => sum + size, 0);
    const { done, cancel } = upload(files, (sent) => setState((now) => ({ ...now, sent })));
    setState({ files, total, sent: 0, cancel });
    try {
      const answer = await done;
      setState({ files, taken: answer.files });
      onDone(answer.files);
    } catch (error) {
      setState({ files, error });
    }
    input.current.value = '';
  };
  const onDrop = (event) => {
    event.preventDefault();
    setOver(false);
    void send(event.dataTransfer.files);
  };
  const onDragOver = (event) => {
    event.preventDefault();
    setOver(true);
  };
  return html`<section class="drop ${isOver ? 'over' : ''}" aria-label="Upload" onDrop=${onDrop}
    onDragOver=${onDragOver} onDragLeave=${() => setOver(false)}>
    <p><b>Drop CSV files here</b> <span class="soft">or</span></p>
    <label class="button">
      Choose files
      <input ref=${input} type="file" multiple class="unseen" accept=${ACCEPTED}
        onChange=${(event) => send(event.target.files)} />
    </label>
    ${state && html`<${Progress} ...${state} known=${known} />`}
  </section>`;
}

function Progress({ files, total, sent, cancel, taken, error, known }) {
  const names = files.length === 1 ? files[0].name : plural(files.length, 'file');
  if (error) return html`<p class="note bad" role="alert">${names}: ${error.message}</p>`;
  if (taken) {
    return html`<p class="note good" role="status">Uploaded:${' '}
      ${taken.map((file) => html`<${Taken} key=${file.id} file=${file} known=${known} /> `)}
    </p>`;
  }
  const parts = [{ name: 'bytes sent', value: sent, tone: 'busy' }];
  return html`<div class="upload-progress">
    <span>${names}</span>
    <${Bar} label="Upload" total=${total} parts=${parts}
      text="${percent(sent, total)} of ${bytes(total)}" />
    <button type="button" class="small" onClick=${cancel}>Cancel</button>
  </div>`;
}

/** A file leads to its own view once it was announced, a moment after its upload. */
function Taken({ file, known }) {
  const { id, name } = file;
  const isKnown = known.some((one) => one.id === id);
  return isKnown ? html`<a href=${link(['files', id])}>${name}</a>` : html`<span>${name}</span>`;
}
