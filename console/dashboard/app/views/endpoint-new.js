import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { sendJson } from '../lib/api.js';
import { link } from '../lib/route.js';
import { Card, Head } from '../ui/basics.js';
import { EndpointForm } from './endpoint-form.js';
import { Secret, TestDelivery } from './test-delivery.js';

/** Creates a subscription, shows its secret this once, and what a first test delivery brings. */
export function NewEndpoint() {
  const [made, setMade] = useState(null);
  const above = html`<a href=${link(['endpoints'])}>Endpoints</a>`;
  if (made === null) {
    const save = async (text) =>
      setMade(await sendJson('POST', '/subscriptions', undefined, { text }));
    return html`
      <${Head} title="New endpoint" above=${above} />
      <${Card}><${EndpointForm} save=${save} action="Create and test"
        cancel=${html`<a class="button" href=${link(['endpoints'])}>Cancel</a>`} /></${Card}>
    `;
  }
  const { id, target_url: url, secret } = made;
  return html`
    <${Head} title="Endpoint created" above=${above}
      actions=${html`<a class="button primary" href=${link(['endpoints', id])}>Open it</a>`}>
      <p>${url}</p>
    </${Head}>
    <${Secret} secret=${secret} />
    <${Card} title="Test delivery"><${TestDelivery} id=${id} isImmediate /></${Card}>
  `;
}
