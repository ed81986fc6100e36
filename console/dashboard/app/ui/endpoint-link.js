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
  const href = link(['endpoints', id]);
  // There is one of this name alone.
  if (id === 'default')
    return html`<a class="nowrap" href=${href}>${endpointName({ id, url })}</a>`;
  if (url === null) return html`<a class="nowrap" href=${href} title=${id}>${shortId(id, 16)}</a>`;
  return html`<div>
    <a href=${href} title=${id}>${endpointName({ id, url })}</a>
    <div class="soft small">${shortId(id, 16)}</div>
  </div>`;
}
