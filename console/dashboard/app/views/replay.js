import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, sendJson } from '../lib/api.js';
import { clock, count, plural } from '../lib/format.js';
import { wrongField } from '../lib/problem.js';
import { PLACES, replayBody } from '../lib/replay.js';
import { useLoad } from '../lib/load.js';
import { route } from '../lib/route.js';
import { has } from '../lib/routes-there.js';
import { status } from '../lib/live.js';
import { lanesOf, topicText } from '../lib/topics.js';
import { Card, Failure, Head } from '../ui/basics.js';
import { EndpointField } from '../ui/endpoint-field.js';
import { Field, valuesOf } from '../ui/fields.js';
import { attempt } from '../ui/toast.js';
import { OffsetReset } from './offset-reset.js';
import { ReplayList } from './replay-list.js';
import { ReplayWindow } from './replay-window.js';

const EVERY_MS = 1_000;

/** Delivers a window of the log once more: pick it, count it, run it, watch it. */
export function Replay() {
  const replays = useLoad(apiPath(['replays']), { everyMs: EVERY_MS });
  return html`
    <${Head} title="Replay">
      <p class="soft">Delivers a part of the log once more, under the same ids.</p>
    </${Head}>
    <${NewReplay} done=${replays.reload} />
    <${ReplayList} from=${replays} />
    ${has('post', '/offsets/reset') && html`<${OffsetReset} />`}
  `;
}

function NewReplay({ done }) {
  const [window, setWindow] = useState({ from: '1h', to: '' });
  const [plan, setPlan] = useState(null);
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const forget = () => setPlan(null);
  const pick = (next) => {
    setWindow(next);
    forget();
  };
  const countMatches = async (body) => {
    setBusy(true);
    setError(null);
    setPlan(null);
    const dryRun = { ...body, dry_run: true };
    const how = { timeoutMs: null };
    await sendJson('POST', '/replays', dryRun, how).then(
      // A time back would mean another window when it runs.
      (found) => setPlan({ body: { ...body, from: found.from }, found }),
      setError,
    );
    setBusy(false);
  };
  const onSubmit = (event) => {
    event.preventDefault();
    void countMatches(replayBody(valuesOf(event.target)));
  };
  const run = async () => {
    setBusy(true);
    const made = await attempt(() => sendJson('POST', '/replays', plan.body), 'The replay runs');
    setBusy(false);
    if (made) forget();
    done();
  };
  return html`<${Card} title="New replay">
    <${ReplayWindow} window=${window} pick=${pick} />
    <form onSubmit=${onSubmit} onInput=${forget}>
      <div class="form">
        <${WindowFields} window=${window} setWindow=${setWindow} error=${error} />
        <${EndpointField} hint="Empty: every endpoint" error=${wrongField(error, 'subscription')} />
        <${Field} label="User" name="user" hint="Empty: every user" />
        <${Field} label="Part of the log" name="topic">
          <option value="">All deliveries</option>
          ${lanes().map(
            (topic) =>
              html`<option key=${topic} value=${topic} selected=${topic === route.value.query.topic}>
                ${topicText(topic)}
              </option>`,
          )}
        </${Field}>
        <${Field} label="Deliveries a second" name="rate" type="number" min="0.1" step="any"
          hint="Empty: as fast as the endpoints take them" />
      </div>
      ${error && html`<${Failure} error=${error} />`}
      <div class="row replay-foot">
        <button class=${plan ? '' : 'primary'} disabled=${isBusy}>
          ${isBusy && plan === null ? 'Counting…' : 'Count what matches'}
        </button>
        ${plan && html`<${Found} ...${plan.found} />`}
        ${
          plan &&
          html`<button type="button" class="primary" onClick=${run}
          disabled=${isBusy || plan.found.matched === 0}>
          Replay ${count(plan.found.matched)}
        </button>`
        }
      </div>
    </form>
  </${Card}>`;
}

/** Where the window begins and ends, as the time line shows it or as it is typed. */
function WindowFields({ window, setWindow, error }) {
  return html`
    <${Field} label="From" name="from" required value=${window.from} list="places"
      onInput=${(event) => setWindow({ ...window, from: event.target.value })}
      error=${wrongField(error, 'from')}
      hint="A time back such as 10m or last 2 hours, earliest, a time such as 2026-01-31T08:00:00Z, or an offset" />
    <datalist id="places">
      ${PLACES.map(([value, text]) => html`<option key=${value} value=${value} label=${text} />`)}
    </datalist>
    <${Field} label="To" name="to" value=${window.to}
      onInput=${(event) => setWindow({ ...window, to: event.target.value })}
      error=${wrongField(error, 'to')}
      hint="The same; empty: what is in the log when it begins" />
  `;
}

function lanes() {
  const { topics = [], sources = [] } = status.value ?? {};
  const readable = sources.filter(({ state }) => state === 'reading');
  const names = (all) => all.map(({ topic }) => topic);
  return [...lanesOf(names(topics)), ...names(readable)];
}

function Found({ from, offsets, matched, skipped }) {
  const left = Object.entries(skipped).map(([reason, many]) => `${count(many)} skipped: ${reason}`);
  return html`<p role="status">
    <b>${plural(matched, 'delivery')}</b>, in ${plural(offsets, 'offset')}${' '}
    ${/[TZ]/.test(from) ? `from ${clock(Date.parse(from))} on` : 'of the window'}
    ${left.length > 0 && html`<span class="warn">, ${left.join('; ')}</span>`}
  </p>`;
}
