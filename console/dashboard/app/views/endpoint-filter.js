import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, request, sendJson } from '../lib/api.js';
import { isJson, jsonWith, memberText } from '../lib/bytes.js';
import { headersOf } from '../lib/endpoints.js';
import { plural } from '../lib/format.js';
import { wrongField } from '../lib/problem.js';
import { has } from '../lib/routes-there.js';
import { Card, Failure, State } from '../ui/basics.js';
import { Field, valuesOf } from '../ui/fields.js';
import { say } from '../ui/toast.js';
import { filterText } from './endpoint-form.js';

/** The filter of a subscription, to be tried with a sample before it is saved. */
export function EndpointFilter({ endpoint, reload }) {
  const { id, filter, filtered_out: leftOut } = endpoint;
  const [stored, setStored] = useState(null);
  const [error, setError] = useState(null);
  const [result, setResult] = useState(null);
  const path = apiPath(['subscriptions', id]);
  useEffect(() => {
    // The text of the answer, as numbers of a filter may have more digits than this page's.
    const read = async () => memberText(await (await request(path)).text(), 'filter');
    read().then((text) => setStored(text === 'null' ? '' : text), setError);
  }, [path, JSON.stringify(filter)]);
  const act = async (work) => {
    setError(null);
    setResult(null);
    await work().catch(setError);
  };
  const save = async (form) => {
    const { filter: text } = valuesOf(form);
    const body = jsonWith({}, { filter: text === undefined ? 'null' : filterText(text) });
    await sendJson('PATCH', path, undefined, { text: body });
    say(text === undefined ? 'The filter is removed' : 'The filter is saved');
    reload();
  };
  const onSubmit = (event) => {
    event.preventDefault();
    const form = event.target;
    const isTest = event.submitter?.value === 'test';
    void act(async () => (isTest ? setResult(await tryFilter(id, valuesOf(form))) : save(form)));
  };
  const wrong = (name) => wrongField(error, name);
  return html`<${Card} title="Filter">
    <p class="soft">${filter === null ? 'All events of its types are delivered.' : leftOutText(leftOut)}</p>
    ${
      stored !== null &&
      html`<form key=${stored} onSubmit=${onSubmit}>
      <div class="form">
        <${Field} label="Filter" name="filter" rows="8" class="mono" error=${wrong('filter')}
          defaultValue=${stored} placeholder=${'{"body": {"status": ["paid"]}}'}
          hint="A pattern that events have to match, as JSON. Empty: all events" />
        ${has('post', '/subscriptions/{id}/filter/test') && html`<${Sample} wrong=${wrong} />`}
      </div>
      ${error && html`<${Failure} error=${error} />`}
      ${result && html`<${Result} ...${result} />`}
      <div class="row">
        <button name="do" value="test">Try with the sample</button>
        <button class="primary" name="do" value="save">Save the filter</button>
      </div>
    </form>`
    }
  </${Card}>`;
}

function Sample({ wrong }) {
  return html`<div class="stack">
    <${Field} label="Body of a sample" name="body" rows="4" class="mono"
      placeholder=${'{"status": "paid"}'} />
    <${Field} label="Headers of the sample" name="headers" rows="2" error=${wrong('headers')}
      placeholder="event-type: order.paid" hint="One a line" />
    <${Field} label="User of the sample" name="user_id" error=${wrong('user_id')} />
  </div>`;
}

async function tryFilter(id, { filter, body, headers, user_id: user }) {
  const given = { headers: headersOf(headers), ...(user !== undefined && { user_id: user }) };
  const text = jsonWith(given, {
    filter: filter === undefined ? 'null' : filterText(filter),
    // A body that is no JSON is tried as one.
    body: body !== undefined && isJson(body) ? body : undefined,
  });
  const path = apiPath(['subscriptions', id, 'filter', 'test']);
  const found = await sendJson('POST', path, undefined, { text });
  return { ...found, isText: body !== undefined && !isJson(body) };
}

function Result({ matches, failed, isText }) {
  return html`<div class="stack" role="status">
    <p class="row">
      <${State} state=${matches ? 'delivered' : 'cancelled'}
        label=${matches ? 'matches' : 'left out'} />
      ${isText && html`<span class="warn">The sample is no JSON.</span>`}
    </p>
    <ul class="small">
      ${failed.map(
        ({ field, rule, found }) =>
          html`<li key=${field + rule}>
            <b>${field}</b> is ${found ?? 'not there'}; none of these holds:
            ${' '}<span class="mono">${rule}</span>
          </li>`,
      )}
    </ul>
  </div>`;
}

function leftOutText(leftOut) {
  return `${plural(leftOut, 'event')} left out since the consumers were started.`;
}
