import { html } from '../lib/html.js';
import { clock, count, millis, plural } from '../lib/format.js';
import { attemptText, outcomeOf, triggerText } from '../lib/delivery.js';
import { Card, Empty, State, Time } from '../ui/basics.js';

/** Each attempt, the newest first: what was sent, what was answered, how long it took. */
export function Attempts({ delivery }) {
  const { attempts } = delivery;
  return html`<${Card} title="Attempts">
    ${
      attempts.length === 0 &&
      html`<${Empty} title="Not attempted yet"><p>${outcomeOf(delivery)}</p></${Empty}>`
    }
    <ol class="attempts">
      ${attempts
        .toReversed()
        .map((one, index) => html`<${Attempt} key=${one.at} one=${one} isOpen=${index === 0} />`)}
    </ol>
  </${Card}>`;
}

function Attempt({ one, isOpen }) {
  const { attempt, state, at, latency_ms: latency, topic, partition, offset, excerpt } = one;
  const { next_attempt_at: next } = one;
  return html`<li>
    <details open=${isOpen}>
      <summary>
        <b>${attempt === 0 ? 'Not sent' : `Attempt ${attemptText(one)}`}</b>
        <${State} state=${state} />
        <span class="grow">${outcomeOf(one)}</span>
        <span class="soft nowrap">${millis(latency)}</span>
        <${Time} at=${at} />
      </summary>
      <div class="attempt-inside">
        <p class="soft small">
          Ended ${clock(Date.parse(at))} · ${topic}, partition ${partition}, offset ${count(offset)}
          ${next && html` · next <${Time} at=${next} />`}
        </p>
        ${triggerText(one) && html`<p class="small">${triggerText(one)}</p>`}
        <div class="columns">
          <${Headers} title="Request headers" headers=${headersOf(one, 'request')} />
          <${Headers} title="Answer headers" headers=${headersOf(one, 'response')} />
        </div>
        ${
          excerpt
            ? html`<div><h3>Answer</h3><pre tabindex="0" aria-label="Answer">${excerpt}</pre></div>`
            : html`<p class="soft">The answer had no body.</p>`
        }
      </div>
    </details>
  </li>`;
}

/** Headers as the API has them: an object, or pairs where a name comes twice. */
function headersOf(one, side) {
  const given = one[`${side}_headers`] ?? one[side]?.headers;
  if (!given) return null;
  return Array.isArray(given) ? given : Object.entries(given);
}

function Headers({ title, headers }) {
  if (headers === null || headers.length === 0) return null;
  return html`<div>
    <h3>${title} <span class="soft">${plural(headers.length, 'header')}</span></h3>
    <pre tabindex="0" aria-label=${title}>
      ${headers.map(([name, value]) => `${name}: ${value}`).join('\n')}
    </pre>
  </div>`;
}
