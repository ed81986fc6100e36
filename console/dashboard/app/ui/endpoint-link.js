import { html } from '../lib/html.js';
import { endpointDetail, endpointName, endpointOfDelivery } from '../lib/endpoints.js';
import { shortId } from '../lib/format.js';
import { status } from '../lib/live.js';
import { link } from '../lib/route.js';

/** Leads to an endpoint; below its name stands what tells it from others of the same URL. */
export function EndpointLink({ endpoint }) {
  return html`<div>
    <a href=${link(['endpoints', endpoint.id])} title=${endpoint.url}>${endpointName(endpoint)}</a>
    <div class="soft small">${endpointDetail(endpoint)}</div>
  </div>`;
}

/** Leads from a delivery to its endpoint. @param {{ subscription: string | null }} given */
export function DeliveryEndpoint({ subscription }) {
  const { id, url } = endpointOfDelivery(subscription, status.value?.endpoints ?? []);
  const name = url === null && id !== 'default' ? shortId(id, 16) : endpointName({ id, url });
  return html`<div>
    <a href=${link(['endpoints', id])} title=${id}>${name}</a>
    ${url !== null && html`<div class="soft small">${shortId(id, 16)}</div>`}
  </div>`;
}
