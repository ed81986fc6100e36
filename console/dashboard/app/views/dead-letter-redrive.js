import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { sendJson } from '../lib/api.js';
import { count, rate } from '../lib/format.js';
import { status } from '../lib/live.js';
import { link } from '../lib/route.js';
import { Bar } from '../ui/bar.js';
import { Failure } from '../ui/basics.js';
import { Dialog } from '../ui/dialog.js';
import { Field, valuesOf } from '../ui/fields.js';
import { Plan, usePlan } from './dead-letter-plan.js';

/** Shows what a redrive would do, does it at a rate, and shows how far it is. */
export function RedriveDialog({ ids, query, what, close }) {
  const [run, setRun] = useState(null);
  const { plan, body, error, setError } = usePlan('/dead-letters/redrive', ids, query);
  const onSubmit = async (event) => {
    event.preventDefault();
    const { rate: asked } = valuesOf(event.target);
    const limit = asked === undefined ? {} : { rate: Number(asked) };
    const before = status.value.deliveries.dead_lettered;
    const since = new Date().toISOString();
    setError(null);
    setRun({ before, since, rate: asked, answer: null });
    try {
      const how = { timeoutMs: null };
      const answer = await sendJson('POST', '/dead-letters/redrive', { ...body, ...limit }, how);
      setRun({ before, since, rate: asked, answer });
    } catch (failure) {
      setRun(null);
      setError(failure);
    }
  };
  return html`<${Dialog} title="Redrive ${what}" onClose=${close}>
    ${error && html`<${Failure} error=${error} />`}
    ${
      run
        ? html`<${Progress} ...${{ plan, run, query, close }} />`
        : html`<form onSubmit=${onSubmit}>
          <${Plan} plan=${plan} />
          <${Field} label="Deliveries a second" name="rate" type="number" min="0.1" step="any"
            hint="Empty: as fast as the endpoints take them" />
          <div class="dialog-foot">
            <button type="button" onClick=${close}>Cancel</button>
            <button class="primary" disabled=${!plan?.matched}>
              Redrive ${plan ? count(plan.matched) : ''}
            </button>
          </div>
        </form>`
    }
  </${Dialog}>`;
}

function Progress({ plan, run, query, close }) {
  const { before, since, answer } = run;
  const { subscription, user } = query;
  const isOver = answer !== null && answer.state !== 'running';
  const left = status.value.deliveries.dead_lettered;
  const put = isOver ? answer.redriven : Math.min(plan.matched, Math.max(0, before - left));
  const parts = [{ name: 'put back', value: put, tone: 'good' }];
  const isDone = isOver || put >= plan.matched;
  return html`<div class="stack" role="status">
    <${Bar} label="Redrive" total=${plan.matched} parts=${parts} />
    <p>${count(put)} of ${count(plan.matched)} put back, being delivered
      ${run.rate && !isDone && `, ${rate(Number(run.rate))}`}</p>
    ${!isDone && html`<p class="soft small">It goes on when this is closed.</p>`}
    <p><a href=${link(['deliveries'], { subscription, user, since })} onClick=${close}>
      See what became of them</a></p>
    <div class="dialog-foot">
      <button type="button" class="primary" onClick=${close}>${isDone ? 'Done' : 'Close'}</button>
    </div>
  </div>`;
}
