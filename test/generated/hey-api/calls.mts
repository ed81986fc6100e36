// Ten calls with the client that @hey-api/openapi-ts made of the description.
import { client } from './client/client.gen.js';
import {
  createSubscription,
  getDelivery,
  getStatus,
  listDeadLetters,
  listDeliveries,
  listSubscriptions,
  publishEvent,
  send,
  sendBatch,
  upload,
} from './client/index.js';

const { BASE_URL = '', API_KEY = '', TARGET = '' } = process.env;
client.setConfig({ baseUrl: BASE_URL, auth: API_KEY });
const throwOnError = true;

const order = {
  headers: { 'idempotency-key': `${TARGET}-1` },
  body: { user_id: 'user-1', data: { order: { id: 7, items: ['a', 'b'] } } },
};
const sent = (await send({ ...order, throwOnError })).data;
const again = (await send({ ...order, throwOnError })).data;
const subscribe = { target_url: TARGET, event_types: ['order.*'] };
const made = (await createSubscription({ body: subscribe, throwOnError })).data;
await createSubscription({ body: { target_url: TARGET, rate_limit: 2.5 }, throwOnError });
const page = async (cursor?: string) =>
  (await listSubscriptions({ query: { limit: 1, ...(cursor && { cursor }) }, throwOnError })).data;
const first = await page();
const second = await page(first.next_cursor ?? undefined);
const paid = { type: 'order.paid', user_id: 'user-1', data: [1, 2] };
const event = (await publishEvent({ body: paid, throwOnError })).data;
const lines = [
  { user_id: 'user-2', data: 'text' },
  { user_id: '', data: 1 },
];
const batch = (await sendBatch({ body: lines, throwOnError })).data;
const rows = 'user_id,alert_message\nuser-3,hello\n';
const file = new File([rows], 'alerts.csv', { type: 'text/csv' });
const uploaded = (await upload({ body: { file: [file] }, throwOnError })).data;
const delivery = (await getDelivery({ path: { id: sent.id }, throwOnError })).data;
const found = (await listDeliveries({ query: { id: sent.id }, throwOnError })).data;
const dead = (await listDeadLetters({ query: { limit: 10 }, throwOnError })).data;
const status = (await getStatus({ throwOnError })).data;
const { error: refused } = await send({ body: { user_id: '', data: 1 } });

console.log(
  JSON.stringify({
    repeated: sent.id === again.id,
    secret: made.secret.startsWith('whsec_'),
    no_limit: made.rate_limit === null,
    pages: [first.subscriptions.length, second.subscriptions.length],
    differ: first.subscriptions[0]?.id !== second.subscriptions[0]?.id,
    event: event.id.length > 0,
    batch: batch.map((one) => one.status),
    files: uploaded.files.map(({ name }) => name),
    delivery: delivery.user,
    deliveries: found.deliveries.length,
    dead_letters: dead.dead_letters.map(({ error }) => error),
    status: status.topics.length > 0 && status.deliveries.in_flight >= 0,
    problem: [refused?.status, refused?.type, refused?.errors?.[0]?.field],
  }),
);
