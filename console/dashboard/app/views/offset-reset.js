import { useEffect, useRef, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { sendJson } from '../lib/api.js';
import { count, plural } from '../lib/format.js';
import { wrongField } from '../lib/problem.js';
import { placeText } from '../lib/replay.js';
import { status } from '../lib/live.js';
import { route } from '../lib/route.js';
import { topicText } from '../lib/topics.js';
import { Card, Failure } from '../ui/basics.js';
import { confirmed } from '../ui/dialog.js';
import { EndpointField } from '../ui/endpoint-field.js';
import { Field, valuesOf } from '../ui/fields.js';
import { Table } from '../ui/table.js';
import { attempt } from '../ui/toast.js';

const MOVED = {
  into_log: 'the log does not hold that offset: the nearest',
  to_begin: 'the endpoint begins later: its begin',
};

/** Moves the offsets of stopped consumers, or of one endpoint; the plan is shown first. */
export function OffsetReset() {
  const [plan, setPlan] = useState(null);
  const [error, setError] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const form = useRef(null);
  const { view, subscription: given } = route.value.query;
  useEffect(() => {
    // The head of the view gets the focus first.
    if (view === 'reset') queueMicrotask(() => form.current?.querySelector('input').focus());
  }, [view, given]);
  const show = async (event) => {
    event.preventDefault();
    const { to, subscription, topic } = valuesOf(event.target);
    const body = {
      to: placeText(to),
      ...(subscription && { subscription }),
      ...(topic && { topic }),
    };
    setBusy(true);
    setError(null);
    setPlan(null);
    await sendJson('POST', '/offsets/reset', { ...body, dry_run: true }).then(
      (found) => setPlan({ body, found }),
      setError,
    );
    setBusy(false);
  };
  const wrong = (name) => wrongField(error, name);
  const topics = (status.value?.topics ?? []).map(({ topic }) => topic);
  return html`<${Card} title="Reset offsets">
    <p class="soft">Sets all endpoints, or one, back or ahead in the log. They deliver from there
      again, whatever was delivered before.</p>
    <p><b>Every consumer must be stopped first</b>, also for a single endpoint: stop each with Ctrl-C,
      a SIGTERM, <code>docker compose stop</code>, or by scaling it to 0, and start it afterwards. The
      plan names those that still run. A replay, above, needs no stop.</p>
    <form ref=${form} class="stack" onSubmit=${show} onInput=${() => setPlan(null)}>
      <div class="form">
        <${Field} label="Go on from" name="to" required error=${wrong('to')}
          hint="A time back such as 10m, earliest, latest, a time such as 2026-01-31T08:00:00Z, or an offset" />
        <${EndpointField} label="For endpoint" defaultValue=${given} error=${wrong('subscription')}
          hint="Empty: every endpoint" />
        <${Field} label="In topic" name="topic" error=${wrong('topic')}>
          <option value="">All deliveries, but for retries that wait</option>
          ${topics.map(
            (topic) => html`<option key=${topic} value=${topic}>${topicText(topic)}</option>`,
          )}
        </${Field}>
      </div>
      ${error && html`<${Failure} error=${error} />`}
      <div class="row"><button disabled=${isBusy}>Show the plan</button></div>
    </form>
    ${plan && html`<${Plan} ...${plan} done=${setPlan} />`}
  </${Card}>`;
}

function Plan({ body, found, done }) {
  const { members, topics, begin_later: later, begin_later_count: laterCount } = found;
  const run = async () => {
    const sure = await confirmed({
      title: 'Reset the offsets?',
      text: 'What was finished beyond the new offsets is delivered again; nothing takes that back.',
      action: 'Reset the offsets',
      isDangerous: true,
    });
    if (sure === null) return;
    const moved = await attempt(
      () => sendJson('POST', '/offsets/reset', body),
      'The offsets are reset: start the consumers',
    );
    if (moved) done({ body, found: moved });
  };
  return html`<div class="stack" role="status">
    ${
      members.length > 0 &&
      html`<p class="note warn">${plural(members.length, 'consumer')} must be stopped first:
        ${' '}${members.join(', ')}. Those that were killed leave after ten seconds.</p>`
    }
    ${topics.map((one) => html`<${TopicPlan} key=${one.topic} ...${one} />`)}
    ${body.subscription && html`<p>Only what is for ${body.subscription} is delivered of these.</p>`}
    ${
      laterCount > 0 &&
      html`<p>Nothing from before their begin goes to ${plural(laterCount, 'endpoint')}:
        ${' '}${later.join(', ')}${laterCount > later.length && ' …'}</p>`
    }
    ${
      found.done
        ? html`<p class="note good">Done: the consumers go on from there.</p>`
        : html`<div class="row">
          <button type="button" onClick=${() => done(null)}>Dismiss</button>
          <button type="button" class="danger" disabled=${members.length > 0} onClick=${run}>
            Reset as planned…
          </button>
        </div>`
    }
  </div>`;
}

function TopicPlan({ topic, group, again, partitions }) {
  const columns = [
    { title: 'Partition', cell: ({ partition }) => partition },
    {
      title: 'From',
      className: 'number',
      cell: ({ from }) => (from === null ? '–' : count(from)),
    },
    { title: 'To', className: 'number', cell: ({ to }) => count(to) },
    { title: 'To deliver', className: 'number', cell: ({ to, end }) => count(end - to) },
    { title: 'Note', className: 'text', cell: ({ moved }) => MOVED[moved] ?? '' },
  ];
  return html`<section class="stack">
    <h3>${topic}</h3>
    <p class="soft small">Group ${group}: ${plural(again, 'offset')} from there to the end, transaction
      markers included</p>
    <${Table} label="Plan for ${topic}" columns=${columns} rows=${partitions}
      keyOf=${({ partition }) => partition} />
  </section>`;
}
