import { useRef } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, request, sendJson } from '../lib/api.js';
import { saveAs } from '../lib/save.js';
import { bytes, clock, count, duration, percent, plural, rate } from '../lib/format.js';
import {
  deliveryParts,
  expectedRows,
  isCancellable,
  isMoving,
  otherWarnings,
  pace,
  readingParts,
  sameContentText,
  settled,
} from '../lib/file.js';
import { useLoad } from '../lib/load.js';
import { link, route } from '../lib/route.js';
import { has } from '../lib/routes-there.js';
import { Bar } from '../ui/bar.js';
import { Card, Facts, Figure, Head, Loaded, Time } from '../ui/basics.js';
import { confirmed } from '../ui/dialog.js';
import { attempt } from '../ui/toast.js';
import { FileState } from './files.js';

const EVERY_MS = 1_000;
const SEEN_MAX = 15;

/** One file: reading and delivery apart, how fast, what was refused and why. */
export function FileView() {
  const [, id] = route.value.parts;
  const from = useLoad(apiPath(['files', id]), { everyMs: EVERY_MS });
  const { data: file } = from;
  return html`
    <${Head} title=${file?.name ?? id} above=${html`<a href=${link(['files'])}>Files</a>`}
      actions=${file && html`<${Actions} file=${file} reload=${from.reload} />`}>
      ${file && html`<p class="row"><${FileState} file=${file} /></p>`}
    </${Head}>
    <${Loaded} from=${from}>
      ${(one) => html`
        ${one.error && html`<p class="note bad" role="alert">${one.error.message}</p>`}
        <${Progress} file=${one} />
        <${Figures} file=${one} />
        <${Warnings} file=${one} />
        <${Details} file=${one} />
      `}
    </${Loaded}>
  `;
}

function Actions({ file, reload }) {
  const { id, name, rejected } = file;
  const cancel = async () => {
    const sure = await confirmed({
      title: 'Cancel what is left of this file?',
      text: `Rows of ${name} that were not delivered yet are not sent any more.`,
      action: 'Cancel the rest',
      isDangerous: true,
    });
    if (sure === null) return;
    await attempt(
      () => sendJson('POST', apiPath(['files', id, 'cancel'])),
      ({ cancelled }) => `Cancelled: ${count(cancelled)} rows are not sent`,
    );
    reload();
  };
  const download = () =>
    attempt(async () => {
      const answer = await request(apiPath(['files', id, 'rejected']), { timeoutMs: null });
      saveAs(await answer.blob(), `${name}.rejected.csv`);
    });
  return html`
    ${
      rejected > 0 &&
      has('get', '/files/{id}/rejected') &&
      html`<button type="button" onClick=${download}>Download rejected rows</button>`
    }
    ${
      isCancellable(file) &&
      has('post', '/files/{id}/cancel') &&
      html`<button type="button" class="danger" onClick=${cancel}>Cancel the rest</button>`
    }
  `;
}

function Progress({ file }) {
  const seen = useRef([]);
  const latest = seen.current.at(-1);
  if (latest?.file !== file) {
    seen.current = [...seen.current, { atMs: Date.now(), settled: settled(file), file }];
    seen.current = seen.current.slice(-SEEN_MAX);
  }
  const left = expectedRows(file) - settled(file);
  const { perSecond, secondsLeft } = pace(seen.current, left);
  const { bytes_read: read, bytes: all } = file;
  return html`<${Card}>
    <div class="bars-big">
      <span>Reading</span>
      <${Bar} label="Reading" ...${readingParts(file)}
        text="${percent(read, all)} of ${bytes(all)}" />
      <span>Delivery</span>
      <${Bar} label="Delivery" ...${deliveryParts(file)} />
    </div>
    ${
      isMoving(file) &&
      html`<p class="soft" role="status">
      ${perSecond === null ? 'Measuring the rate…' : `${rate(perSecond)} settled`}
      ${secondsLeft !== null && `, about ${duration(secondsLeft)} left`}
    </p>`
    }
  </${Card}>`;
}

function Figures({ file }) {
  const { id, rows, delivered, waiting, retrying, dead, cancelled, rejected } = file;
  const { passed_over: passed } = file;
  const href = (status) => link(['deliveries'], { file: id, status });
  return html`<section class="figures" aria-label="Rows">
    <${Figure} name="rows" value=${count(rows)} />
    <${Figure} name="delivered" value=${count(delivered)} href=${href('delivered')} />
    <${Figure} name="waiting" value=${count(waiting)} />
    <${Figure} name="retrying" value=${count(retrying)} tone=${retrying > 0 ? 'warn' : ''}
      href=${href('retrying')} />
    <${Figure} name="dead" value=${count(dead)} tone=${dead > 0 ? 'bad' : ''}
      href=${href('dead')} />
    <${Figure} name="cancelled" value=${count(cancelled)} href=${href('cancelled')} />
    <${Figure} name="rejected" value=${count(rejected)} tone=${rejected > 0 ? 'bad' : ''} />
    <${Figure} name="never attempted" value=${count(passed)} tone=${passed > 0 ? 'bad' : ''} />
  </section>`;
}

function Warnings({ file }) {
  const { same_content_as: same, ledger_complete: isComplete } = file;
  const { passed_over: passed } = file;
  return html`<div class="stack">
    ${
      same &&
      html`<p class="note warn"><span>Same content as${' '}
        <bdi><a href=${link(['files', same.id])}>${same.name}</a></bdi>, read
        ${' '}<${Time} at=${same.at} />${sameContentText(file) && `: ${sameContentText(file)}`}.</span>
    </p>`
    }
    ${
      isComplete === false &&
      html`<p class="note warn">The attempts of some rows have expired; they count as waiting.</p>`
    }
    ${
      passed > 0 &&
      html`<p class="note bad">${plural(passed, 'row')} will never be attempted: offsets were set
        beyond them, or the log was cut before they were read.</p>`
    }
    ${otherWarnings(file).map(
      ({ code, message, count: rows }) =>
        html`<p key=${code} class="note warn">
          ${message}${rows !== undefined && ` (${count(rows)})`}
        </p>`,
    )}
  </div>`;
}

function Details({ file }) {
  const { id, started_at: started, finished_at: finished, bytes: size } = file;
  const { cancelled_at: cancelled, settled_at: settledAt } = file;
  const time = (at) =>
    at && html`<${Time} at=${at} /> <span class="soft">${clock(Date.parse(at))}</span>`;
  return html`<${Card} title="Details">
    <${Facts} items=${[
      ['Id', html`<span class="mono">${id}</span>`],
      ['Size', bytes(size)],
      ['Reading began', time(started) ?? '–'],
      ['Reading ended', time(finished) ?? 'not yet'],
      ['Delivery ended', time(settledAt) ?? 'not yet'],
      cancelled && ['Cancelled', time(cancelled)],
    ]} />
  </${Card}>`;
}
