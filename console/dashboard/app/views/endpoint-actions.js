import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, sendJson } from '../lib/api.js';
import { endpointText } from '../lib/endpoints.js';
import { wrongField } from '../lib/problem.js';
import { placeText } from '../lib/replay.js';
import { go } from '../lib/route.js';
import { has } from '../lib/routes-there.js';
import { Failure } from '../ui/basics.js';
import { Dialog, confirmed } from '../ui/dialog.js';
import { Field, valuesOf } from '../ui/fields.js';
import { attempt, say } from '../ui/toast.js';
import { EndpointForm } from './endpoint-form.js';
import { Secret } from './test-delivery.js';

/** What can be done to an endpoint as it is now. */
export function EndpointActions({ endpoint, reload }) {
  const [open, setOpen] = useState(null);
  const { id, state, resting_until: resting } = endpoint;
  const isDefault = id === 'default';
  const isDisabled = state === 'disabled';
  const isPaused = endpoint.paused === true || state === 'paused';
  const close = () => setOpen(null);
  const act = async (verb, done) => {
    await attempt(() => sendJson('POST', apiPath(['subscriptions', id, verb])), done);
    reload();
  };
  // A button that turns into another one stays the same element, and keeps the focus.
  const button = (key, text, onClick, className = '') =>
    html`<button key=${key} type="button" class=${className} onClick=${onClick}>${text}</button>`;
  const canPause = has('post', '/subscriptions/{id}/pause') && !isDisabled;
  return html`
    ${
      canPause &&
      !isPaused &&
      button('pause', 'Pause', () => act('pause', 'Paused: its deliveries wait'))
    }
    ${canPause && isPaused && button('pause', 'Resume', () => act('resume', 'Resumed'), 'primary')}
    ${
      resting &&
      !isDisabled &&
      button('end', 'End the pause', () => act('enable', 'The pause is ended'))
    }
    ${
      isDisabled
        ? button('switch', 'Enable…', () => setOpen('enable'), 'primary')
        : button('switch', 'Disable', () => disable(endpoint, act))
    }
    ${!isDefault && button('edit', 'Edit', () => setOpen('edit'))}
    ${!isDefault && button('rotate', 'Rotate secret', () => setOpen('rotate'))}
    ${!isDefault && button('delete', 'Delete', () => remove(endpoint), 'danger')}
    ${open === 'enable' && html`<${EnableDialog} ...${{ endpoint, reload, close }} />`}
    ${open === 'edit' && html`<${EditDialog} ...${{ endpoint, reload, close }} />`}
    ${open === 'rotate' && html`<${RotateDialog} ...${{ endpoint, reload, close }} />`}
  `;
}

async function disable(endpoint, act) {
  const sure = await confirmed({
    title: 'Disable this endpoint?',
    text:
      `Nothing is sent to ${endpointText(endpoint)} until it is enabled. ` +
      'Its deliveries wait; none is lost while the log keeps them.',
    action: 'Disable',
    isDangerous: true,
  });
  if (sure !== null) await act('disable', 'Disabled: its deliveries wait in the log');
}

async function remove(endpoint) {
  const sure = await confirmed({
    title: 'Delete this endpoint?',
    text:
      `${endpointText(endpoint)} gets nothing any more, and what waits for it is cancelled. ` +
      'This cannot be taken back.',
    action: 'Delete',
    isDangerous: true,
  });
  if (sure === null) return;
  const path = apiPath(['subscriptions', endpoint.id]);
  if ((await attempt(() => sendJson('DELETE', path), 'Deleted')) !== undefined) go(['endpoints']);
}

/** Enables from where it stopped, from now, or from a place: what lies before is not sent. */
function EnableDialog({ endpoint, reload, close }) {
  const [where, setWhere] = useState('stopped');
  const [error, setError] = useState(null);
  const onSubmit = async (event) => {
    event.preventDefault();
    const { place } = valuesOf(event.target);
    const from = { stopped: undefined, now: 'now', place: placeText(place ?? '') }[where];
    const path = apiPath(['subscriptions', endpoint.id, 'enable']);
    await sendJson('POST', path, from ? { from } : {}).then(() => {
      say('Enabled');
      reload();
      close();
    }, setError);
  };
  const choice = (value, text, hint) =>
    html`<label class="check">
      <input type="radio" name="where" value=${value} checked=${where === value}
        onChange=${() => setWhere(value)} />
      <span>${text} <span class="soft small">${hint}</span></span>
    </label>`;
  return html`<${Dialog} title="Enable from where?" onClose=${close}>
    <form onSubmit=${onSubmit}>
      <fieldset class="stack">
        <legend class="unseen">Where its deliveries go on</legend>
        ${choice('stopped', 'Where it stopped', 'everything that waits is sent')}
        ${choice('now', 'Now', 'what waits is cancelled')}
        ${choice('place', 'A time or an offset', 'what was accepted before is cancelled')}
      </fieldset>
      ${
        where === 'place' &&
        html`<${Field} label="Time or offset" name="place" required error=${wrongField(error, 'from')}
        hint="A time back such as 10m, a time such as 2026-01-31T08:00:00Z, or an offset" />`
      }
      ${error && html`<${Failure} error=${error} />`}
      <div class="dialog-foot">
        <button type="button" onClick=${close}>Keep it disabled</button>
        <button class="primary">Enable</button>
      </div>
    </form>
  </${Dialog}>`;
}

function EditDialog({ endpoint, reload, close }) {
  const save = async (text) => {
    await sendJson('PATCH', apiPath(['subscriptions', endpoint.id]), undefined, { text });
    reload();
    close();
  };
  return html`<${Dialog} title="Edit the endpoint" onClose=${close}>
    <${EndpointForm} endpoint=${endpoint} save=${save} action="Save"
      cancel=${html`<button type="button" onClick=${close}>Cancel</button>`} />
  </${Dialog}>`;
}

function RotateDialog({ endpoint, reload, close }) {
  const [secret, setSecret] = useState(null);
  const rotate = async () => {
    const path = apiPath(['subscriptions', endpoint.id, 'rotate-secret']);
    const made = await attempt(() => sendJson('POST', path, {}), 'The secret is rotated');
    if (made) setSecret(made.secret);
    reload();
  };
  return html`<${Dialog} title="Rotate the signing secret" onClose=${close}>
    ${
      secret
        ? html`<${Secret} secret=${secret} />`
        : html`<p>A new secret is made. The old one signs too for 24 hours, so that the receiver has
          time to change.</p>`
    }
    <div class="dialog-foot">
      <button type="button" onClick=${close}>${secret ? 'Done' : 'Keep it'}</button>
      ${!secret && html`<button type="button" class="primary" onClick=${rotate}>Rotate</button>`}
    </div>
  </${Dialog}>`;
}
