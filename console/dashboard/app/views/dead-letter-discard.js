import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { sendJson } from '../lib/api.js';
import { count, plural } from '../lib/format.js';
import { Failure } from '../ui/basics.js';
import { Dialog } from '../ui/dialog.js';
import { Field, valuesOf } from '../ui/fields.js';
import { attempt } from '../ui/toast.js';
import { Plan, usePlan } from './dead-letter-plan.js';

/** Gives dead letters up for good: what is meant is shown first, and a reason is kept. */
export function DiscardDialog({ ids, query, what, close }) {
  const [isBusy, setBusy] = useState(false);
  const { plan, body, error } = usePlan('/dead-letters/discard', ids, query);
  const onSubmit = async (event) => {
    event.preventDefault();
    setBusy(true);
    const given = { ...body, reason: valuesOf(event.target).reason };
    const done = await attempt(
      () => sendJson('POST', '/dead-letters/discard', given, { timeoutMs: null }),
      ({ discarded }) => `${plural(discarded, 'dead letter')} discarded`,
    );
    setBusy(false);
    if (done !== undefined) close();
  };
  return html`<${Dialog} title="Discard ${what}" onClose=${close}>
    ${error && html`<${Failure} error=${error} />`}
    <form onSubmit=${onSubmit}>
      <${Plan} plan=${plan} verb="discarded for good" />
      <${Field} label="Reason" name="reason" required maxlength="400"
        hint="It is kept beside what was discarded" />
      <div class="dialog-foot">
        <button type="button" onClick=${close}>Keep them</button>
        <button class="danger" disabled=${isBusy || !plan?.matched}>
          Discard ${plan ? count(plan.matched) : ''}
        </button>
      </div>
    </form>
  </${Dialog}>`;
}
