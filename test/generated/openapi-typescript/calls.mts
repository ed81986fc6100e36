// Ten calls with openapi-fetch, typed by what openapi-typescript made of the description.
import createClient from 'openapi-fetch';
import type { components, paths } from './schema.js';

const { BASE_URL: baseUrl = '', API_KEY = '', TARGET = '' } = process.env;
const client = createClient<paths>({ baseUrl, headers: { authorization: `Bearer ${API_KEY}` } });
type Problem = components['schemas']['Problem'];

/** Returns the answer of a call that has to succeed. */
async function ok<Data>(call: Promise<{ data?: Data; error?: Problem }>): Promise<Data> {
  const { data, error } = await call;
  if (data === undefined) throw new Error(error?.detail ?? 'no answer');
  return data;
}

const send = {
  params: { header: { 'idempotency-key': `${TARGET}-1` } },
  body: { user_id: 'user-1', data: { order: { id: 7, items: ['a', 'b'] } } },
};
const sent = await ok(client.POST('/send', send));
const again = await ok(client.POST('/send', send));
const made = await ok(
  client.POST('/subscriptions', { body: { target_url: TARGET, event_types: ['order.*'] } }),
);
await ok(client.POST('/subscriptions', { body: { target_url: TARGET, rate_limit: 2.5 } }));
const page = (cursor?: string) =>
  ok(client.GET('/subscriptions', { params: { query: { limit: 1, ...(cursor && { cursor }) } } }));
const first = await page();
const second = await page(first.next_cursor ?? undefined);
const event = await ok(
  client.POST('/events', { body: { type: 'order.paid', user_id: 'user-1', data: [1, 2] } }),
);
const batch = await ok(
  client.POST('/send/batch', {
    body: [
      { user_id: 'user-2', data: 'text' },
      { user_id: '', data: 1 },
    ],
  }),
);
const file = new File(['user_id,alert_message\nuser-3,hello\n'], 'alerts.csv', {
  type: 'text/csv',
});
const upload = await ok(
  client.POST('/upload', {
    body: { file: ['alerts.csv'] },
    bodySerializer: () => {
      const form = new FormData();
      form.append('file', file);
      return form;
    },
  }),
);
const delivery = await ok(
  client.GET('/deliveries/{id}', { params: { path: { id: sent.id }, query: {} } }),
);
const deliveries = await ok(client.GET('/deliveries', { params: { query: { id: sent.id } } }));
const dead = await ok(client.GET('/dead-letters', { params: { query: { limit: 10 } } }));
const status = await ok(client.GET('/status'));
const { error: refused } = await client.POST('/send', {
  body: { user_id: '', data: { orderId: 7 } },
});

console.log(
  JSON.stringify({
    repeated: sent.id === again.id,
    secret: made.secret.startsWith('whsec_'),
    no_limit: made.rate_limit === null,
    pages: [first, second].map(({ subscriptions }) => subscriptions.length),
    differ: first.subscriptions[0]?.id !== second.subscriptions[0]?.id,
    event: event.id.length > 0,
    batch: batch.map(({ status: one }) => one),
    files: upload.files.map(({ name }) => name),
    delivery: delivery.user,
    deliveries: deliveries.deliveries.length,
    dead_letters: dead.dead_letters.map(({ error }) => error),
    status: status.topics.length > 0 && status.deliveries.in_flight >= 0,
    problem: [refused?.status, refused?.type, refused?.errors?.[0]?.field],
  }),
);
