import { useState } from 'preact/hooks';
import { html } from '../lib/html.js';
import { apiPath, sendJson } from '../lib/api.js';
import { clock, count } from '../lib/format.js';
import { outcomeOf } from '../lib/delivery.js';
import { useLoad } from '../lib/load.js';
import { link, route } from '../lib/route.js';
import { Card, Facts, Head, Loaded, State, Time } from '../ui/basics.js';
import { Copy } from '../ui/copy.js';
import { DeliveryEndpoint } from '../ui/endpoint-link.js';
import { attempt } from '../ui/toast.js';
import { Attempts } from './delivery-attempts.js';
import { DeliveryBody } from './delivery-body.js';
import { EraseUser } from './user-erase.js';

const EVERY_MS = 2_000;
const MOVING = /^(queued|waiting|in_flight|retrying)$/;

/** One delivery: where it is, each attempt, its body, and once more. */
export function Delivery() {
  const [, id] = route.value.parts;
  const { subscription } = route.value.query;
  const from = useLoad(apiPath(['deliveries', id], { subscription }), { everyMs: EVERY_MS });
  // A body that was erased must not stay on the page.
  const [erasures, setErasures] = useState(0);
  const onErased = () => {
    setErasures((count) => count + 1);
    from.reload();
  };
  return html`
    <${Head} title=${id} above=${html`<a href=${link(['deliveries'])}>Deliveries</a>`}
      actions=${from.data && html`<${Actions} delivery=${from.data} reload=${from.reload} onErased=${onErased} />`}>
      ${
        from.data &&
        html`<p class="row">
        <${State} state=${from.data.state} /><span>${outcomeOf(from.data)}</span>
      </p>`
      }
    </${Head}>
    <${Loaded} from=${from}>
      ${(delivery) => html`
        ${delivery.not_read && html`<p class="note warn">${delivery.not_read}</p>`}
        <${Where} delivery=${delivery} />
        <${Attempts} delivery=${delivery} />
        <${DeliveryBody} delivery=${delivery} key=${erasures} />
      `}
    </${Loaded}>
  `;
}

function Actions({ delivery, reload, onErased }) {
  const { id, user, subscription, state } = delivery;
  const resend = async () => {
    const path = apiPath(['deliveries', id, 'resend'], { subscription });
    await attempt(() => sendJson('POST', path), 'It goes out once more, under the same id');
    reload();
  };
  return html`
    <${Copy} text=${id} label="Copy id" />
    ${user !== subscription && html`<${EraseUser} user=${user} onErased=${onErased} />`}
    <button type="button" class="primary" onClick=${resend}>
      ${MOVING.test(state) ? 'Send now as well' : 'Resend'}
    </button>
  `;
}

function Where({ delivery }) {
  const { user, subscription, event_type: type, file, row, topic, partition, offset } = delivery;
  const { accepted_at: accepted, next_attempt_at: next, last_attempt_at: last } = delivery;
  const place = `${topic}, partition ${partition}, offset ${count(offset)}`;
  const record = link(['log', topic], { partition, offset });
  return html`<${Card}>
    <${Facts} items=${[
      ['User', html`<a href=${link(['deliveries'], { user })}>${user}</a>`],
      ['Endpoint', html`<${DeliveryEndpoint} subscription=${subscription} />`],
      type && ['Event type', type],
      file && ['File', html`<a href=${link(['files', file])}>${file}</a>, row ${count(row)}`],
      accepted && [
        'Accepted',
        html`<${Time} at=${accepted} /> <span class="soft">${clock(Date.parse(accepted))}</span>`,
      ],
      last && ['Last attempt', html`<${Time} at=${last} />`],
      next && ['Next attempt', html`<${Time} at=${next} />`],
      ['Place in the log', html`<a href=${record}>${place}</a>`],
    ]} />
  </${Card}>`;
}
