import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, sendJson } from '../lib/api.js';
import { millis } from '../lib/format.js';
import { Failure, State } from '../ui/basics.js';
import { Copy } from '../ui/copy.js';

/** A signing secret, which no other answer has. */
export function Secret({ secret }) {
  return html`<section class="note good" aria-label="Signing secret">
    <b>Signing secret, shown this once</b>
    <code>${secret}</code>
    <${Copy} text=${secret} label="Copy secret" />
  </section>`;
}

/** Sends a test event and shows what the target answers. */
export function TestDelivery({ id, isImmediate = false, onDone = () => {} }) {
  const [result, setResult] = useState(null);
  const [isBusy, setBusy] = useState(false);
  const send = async () => {
    setBusy(true);
    setResult(
      await sendJson('POST', apiPath(['subscriptions', id, 'test'])).catch((error) => ({
        failure: error,
      })),
    );
    setBusy(false);
    onDone();
  };
  useEffect(() => {
    if (isImmediate) void send();
  }, []);
  return html`<div class="stack" aria-live="polite">
    ${isBusy && html`<p class="soft">Waiting for the answer…</p>`}
    ${result?.failure && html`<${Failure} error=${result.failure} />`}
    ${result && !result.failure && html`<${Result} ...${result} />`}
    <div>
      <button type="button" disabled=${isBusy} onClick=${send}>
        ${result ? 'Send another test' : 'Send a test delivery'}
      </button>
    </div>
  </div>`;
}

function Result({ status, error, latency_ms: latency, excerpt }) {
  return html`
    <p class="row">
      <${State} state=${error === null ? 'delivered' : 'failed'}
        label=${error === null ? 'accepted' : 'not accepted'} />
      <span>${error ?? `HTTP ${status}`}</span>
      <span class="soft">${latency !== null && millis(latency)}</span>
    </p>
    ${excerpt && html`<pre tabindex="0" aria-label="Answer">${excerpt}</pre>`}
  `;
}
