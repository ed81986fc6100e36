import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath } from '../lib/api.js';
import { instantOf, localInput } from '../lib/delivery.js';
import { bytes, clock, count } from '../lib/format.js';
import { useLoad } from '../lib/load.js';
import { link, route, setQuery } from '../lib/route.js';
import { filledOf, valueOf } from '../lib/topics.js';
import { Card, Empty, Loaded } from '../ui/basics.js';
import { Field, useFormValues, valuesOf } from '../ui/fields.js';
import { BodyView } from './delivery-body.js';

/**
 * Records of a partition, from an offset or a time on; without either, the newest. Without a
 * partition, the first that has any.
 */
export function Records({ topic, partitions }) {
  // What is shown stays, although records come into others meanwhile.
  const [first] = useState(() => String(filledOf(partitions)[0] ?? 0));
  const { partition = first, offset, time } = route.value.query;
  const from = useLoad(apiPath(['topics', topic, 'records'], { partition, offset, time }));
  const form = useFormValues({ partition, offset, time: localInput(time) });
  const onSubmit = (event) => {
    event.preventDefault();
    const values = valuesOf(event.target);
    const at = values.time && instantOf(values.time);
    setQuery({ partition: values.partition, offset: values.offset ?? null, time: at ?? null });
  };
  const step = (to) => setQuery({ offset: String(to), time: null });
  return html`<${Card} title="Records">
    <form ref=${form} class="filters" onSubmit=${onSubmit} aria-label="Records">
      <${Field} label="Partition" name="partition" type="number" min="0" required />
      <${Field} label="From offset" name="offset" type="number" min="0" />
      <${Field} label="Or from time" name="time" type="datetime-local" />
      <div class="buttons">
        <button class="primary">Show</button>
        <button type="button" onClick=${() => setQuery({ offset: null, time: null })}>
          Newest
        </button>
      </div>
    </form>
    <${Filled} topic=${topic} partitions=${partitions} />
    <${Loaded} from=${from}>
      ${(page) => html`
        <${Steps} page=${page} step=${step} />
        ${page.records.length === 0 && html`<${Empty} title="No record from here on" />`}
        <ol class="attempts">
          ${page.records.map((one) => html`<${Record} key=${one.offset} record=${one} />`)}
        </ol>
      `}
    </${Loaded}>
  </${Card}>`;
}

/** Leads to the partitions with records, where some have none. */
function Filled({ topic, partitions }) {
  const filled = filledOf(partitions);
  if (filled.length === 0 || filled.length === partitions.length) return null;
  const links = filled.map(
    (partition) =>
      html` <a key=${partition} href=${link(['log', topic], { partition })}>${partition}</a>`,
  );
  return html`<p class="soft small">Partitions with records:${links}. The others are empty.</p>`;
}

function Steps({ page, step }) {
  const { start, end, previous_offset: previous, next_offset: next } = page;
  return html`<div class="row steps">
    <button type="button" class="small" disabled=${previous === null}
      onClick=${() => step(previous)}>
      Earlier
    </button>
    <button type="button" class="small" disabled=${next >= end} onClick=${() => step(next)}>
      Later
    </button>
    <span class="soft small">
      ${end > start ? `offsets ${count(start)} to ${count(end - 1)} are in the log` : 'nothing is in the log'}
    </span>
  </div>`;
}

function Record({ record }) {
  const { offset, at, key, headers, bytes: size, error, value_cut: isCut } = record;
  const id = headers['webhook-id'];
  const value = valueOf(record);
  const type = headers['content-type'] ?? 'application/json';
  return html`<li>
    <details>
      <summary>
        <b>${count(offset)}</b>
        <span class="grow">${key ?? html`<span class="soft">no key</span>`}</span>
        ${error && html`<span class="bad">${error}</span>`}
        <span class="soft nowrap">${size === null ? 'no value' : bytes(size)}</span>
        <span class="nowrap">${clock(Date.parse(at))}</span>
      </summary>
      <div class="attempt-inside">
        ${id && html`<p><a href=${link(['deliveries', id])}>Open delivery ${id}</a></p>`}
        <div>
          <h3>Headers</h3>
          <pre tabindex="0" aria-label="Headers">${headerLines(headers)}</pre>
        </div>
        ${value !== null && html`<${BodyView} body=${value} contentType=${type} title="Value" />`}
        ${isCut && html`<p class="soft small">The value is longer; this is its beginning.</p>`}
      </div>
    </details>
  </li>`;
}

function headerLines(headers) {
  return Object.entries(headers)
    .map(([name, value]) => `${name}: ${value}`)
    .join('\n');
}
