import { html } from '../lib/html.js';
import { count, duration, rate } from '../lib/format.js';
import { lastAnswer, waitingFor } from '../lib/endpoints.js';
import { Time } from './basics.js';
import { DeliveryEndpoint } from './endpoint-link.js';

/** Leads from a delivery to its endpoint. */
export const ENDPOINT_COLUMN = {
  title: 'Endpoint',
  className: 'text',
  cell: ({ subscription }) => html`<${DeliveryEndpoint} subscription=${subscription} />`,
};

/** Shows how far behind an endpoint is, and what it answered. */
export const BACKLOG_COLUMNS = [
  {
    title: 'Behind',
    className: 'number',
    cell: ({ oldest_waiting_seconds: age }) => (age > 0 ? duration(age) : '–'),
  },
  { title: 'Waiting', className: 'number', cell: (one) => count(waitingFor(one)) },
  { title: 'Rate', className: 'number', cell: (one) => rate(one.rate) },
  { title: 'Last answer', className: 'text', cell: lastAnswer },
  { title: 'At', className: 'nowrap', cell: (one) => html`<${Time} at=${one.last_attempt_at} />` },
];
