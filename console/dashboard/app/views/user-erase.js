import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, sendJson } from '../lib/api.js';
import { clock, count } from '../lib/format.js';
import { status } from '../lib/live.js';
import { has } from '../lib/routes-there.js';
import { Facts } from '../ui/basics.js';
import { Copy } from '../ui/copy.js';
import { Dialog, confirmed } from '../ui/dialog.js';
import { attempt } from '../ui/toast.js';

/** Erases a user's bodies; it is offered where bodies are encrypted, under a key for each user. */
export function EraseUser({ user, onErased }) {
  const [receipt, setReceipt] = useState(null);
  const [isBusy, setBusy] = useState(false);
  if (!status.value?.settings.user_keys || !has('delete', '/users/{id}')) return null;
  const erase = async () => {
    const sure = await confirmed({
      title: 'Erase this user?',
      text:
        `No body of ${user} can be read any more, and what waits for ${user} is not sent. ` +
        'The key of the bodies is destroyed; nothing takes that back.',
      action: 'Erase the user',
      isDangerous: true,
    });
    if (sure === null) return;
    setBusy(true);
    // The answer comes when no process uses the key any more.
    const how = { timeoutMs: null };
    const send = () => sendJson('DELETE', apiPath(['users', user]), undefined, how);
    const made = await attempt(send, 'The user is erased');
    setBusy(false);
    if (made) {
      setReceipt(made);
      onErased();
    }
  };
  const close = () => setReceipt(null);
  return html`
    <button type="button" class="danger" disabled=${isBusy} onClick=${erase}>
      ${isBusy ? 'Erasing…' : 'Erase the user…'}
    </button>
    ${receipt && html`<${Receipt} receipt=${receipt} close=${close} />`}
  `;
}

function Receipt({ receipt, close }) {
  const { user, erased_at: at, key, topic, partition, remains } = receipt;
  const { deleted_before: before } = receipt;
  return html`<${Dialog} title="The user is erased" onClose=${close}>
    <${Facts} items=${[
      ['User', user],
      ['Erased', clock(Date.parse(at))],
      ['Key', key ?? 'there was none, or it was destroyed before'],
      [
        'Seed of the key',
        `${topic}, partition ${partition}: deleted before offset ${count(before)}`,
      ],
    ]} />
    <section class="stack">
      <h3>What the erasure does not reach</h3>
      <ul class="stack small">${remains.map((one) => html`<li key=${one}>${one}</li>`)}</ul>
    </section>
    <div class="dialog-foot">
      <${Copy} text=${JSON.stringify(receipt, null, 2)} label="Copy the receipt" />
      <button type="button" class="primary" onClick=${close}>Done</button>
    </div>
  </${Dialog}>`;
}
