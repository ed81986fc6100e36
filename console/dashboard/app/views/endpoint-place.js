import { html } from '../lib/html.js';
import { count, duration } from '../lib/format.js';
import { placeInLog, waitingFor } from '../lib/endpoints.js';
import { now } from '../lib/live.js';
import { link } from '../lib/route.js';
import { has } from '../lib/routes-there.js';
import { Card } from '../ui/basics.js';

const SPAN_SECONDS_MIN = 900;

/** Where an endpoint stands on the time line of the log: everything before is finished. */
export function Place({ endpoint }) {
  const behind = endpoint.oldest_waiting_seconds ?? 0;
  const span = Math.max(SPAN_SECONDS_MIN, behind * 1.25);
  const done = `${100 - (100 * behind) / span}%`;
  const text = placeInLog(endpoint, now.value);
  return html`<${Card} title="Place in the log">
    <p>${text}</p>
    ${
      has('post', '/offsets/reset') &&
      html`<p class="small"><a href=${link(['replay'], { view: 'reset', subscription: endpoint.id })}>
        Set back to an earlier time</a></p>`
    }
    <div class="timeline" role="img" aria-label=${text}>
      <span class="timeline-done" style=${{ width: done }} />
      <span class="timeline-cursor" style=${{ left: done }} />
    </div>
    <div class="timeline-ends soft small">
      <span>${duration(span)} ago</span>
      ${waitingFor(endpoint) > 0 && html`<span>${count(waitingFor(endpoint))} wait</span>`}
      <span>now</span>
    </div>
  </${Card}>`;
}
