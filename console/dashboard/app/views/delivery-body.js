import { useEffect, useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, request } from '../lib/api.js';
import { SHOWN_MAX, hexDump, prettyJson, prettyLines, textOf } from '../lib/bytes.js';
import { bytes } from '../lib/format.js';
import { curlCommand, leftOutHeaders } from '../lib/curl.js';
import { status } from '../lib/live.js';
import { Card, Failure } from '../ui/basics.js';
import { Copy } from '../ui/copy.js';
import { Choice } from '../ui/fields.js';

/** The bytes that were or will be sent, read from the log. */
export function DeliveryBody({ delivery }) {
  return html`<${Body} delivery=${delivery} key=${delivery.id} />`;
}

function Body({ delivery }) {
  const { id, subscription } = delivery;
  const [loaded, setLoaded] = useState(null);
  useEffect(() => {
    const ending = new AbortController();
    loadBody(apiPath(['deliveries', id, 'body'], { subscription }), ending.signal).then(
      setLoaded,
      (error) => ending.signal.aborted || setLoaded({ error }),
    );
    return () => ending.abort();
  }, [id]);
  if (loaded === null) return html`<${Card} title="Body"><p class="loading">Loading…</p></${Card}>`;
  if (loaded.error)
    return html`<${Card} title="Body"><${Failure} error=${loaded.error} /></${Card}>`;
  return html`<${BodyView} ...${loaded} actions=${html`<${CopyCurl} ...${loaded}
    delivery=${delivery} />`} />`;
}

async function loadBody(path, signal) {
  const answer = await request(path, { signal });
  const body = new Uint8Array(await answer.arrayBuffer());
  return { body, contentType: answer.headers.get('content-type') ?? 'unknown' };
}

/**
 * Bytes as a person can read them.
 *
 * @param {{ body: Uint8Array, contentType: string, actions?: unknown, title?: string }} given
 */
export function BodyView({ body, contentType, actions = null, title = 'Body' }) {
  const cut = body.subarray(0, SHOWN_MAX);
  const text = textOf(body);
  const isShort = text !== null && body.length <= SHOWN_MAX;
  const pretty = isShort ? (prettyJson(text) ?? prettyLines(text)) : null;
  const [chosen, setChosen] = useState(null);
  const ways = [
    pretty !== null && ['pretty', 'Pretty'],
    text !== null && ['raw', 'Raw'],
    ['hex', 'Hex'],
  ].filter(Boolean);
  const way = chosen ?? ways[0][0];
  const shown = { pretty, raw: text?.slice(0, SHOWN_MAX), hex: way === 'hex' ? hexDump(cut) : '' };
  const right = html`<div class="row">
    <span class="soft small">${contentType} · ${bytes(body.length)}</span>
    ${actions}
    <${Choice} label="Show as" options=${ways} value=${way} onChange=${setChosen} />
  </div>`;
  return html`<${Card} title=${title} actions=${right}>
    <pre tabindex="0" aria-label=${title} class=${way}>${shown[way]}</pre>
    ${
      body.length > SHOWN_MAX &&
      html`<p class="soft small">The first ${bytes(SHOWN_MAX)} of ${bytes(body.length)}.</p>`
    }
  </${Card}>`;
}

function CopyCurl({ body, contentType, delivery }) {
  const text = textOf(body);
  const url = targetOf(delivery);
  if (text === null || url === null) return null;
  const last = delivery.attempts.at(-1);
  const sent = last?.request_headers ?? last?.request?.headers ?? {};
  const headers = { 'content-type': contentType, 'webhook-id': delivery.id, ...sent };
  const leftOut = leftOutHeaders(headers).join(', ');
  return html`<${Copy} label="Copy as curl" text=${curlCommand({ url, headers, body: text })} />
    ${leftOut && html`<span class="soft small">without ${leftOut}</span>`}`;
}

function targetOf({ subscription }) {
  const endpoint = status.value?.endpoints.find((one) => one.subscription === subscription);
  return endpoint?.target ?? null;
}
