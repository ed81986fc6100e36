// Ten calls with the client that orval made of the description. The client has paths alone, and
// answers with the status; so the base and the key come by a fetch of our own.
import * as api from './client.js';
import type { Problem } from './client.js';

const { BASE_URL = '', API_KEY = '', TARGET = '' } = process.env;
const plainFetch = globalThis.fetch;
globalThis.fetch = (path, options = {}) => {
  const headers = new Headers(options.headers);
  headers.set('authorization', `Bearer ${API_KEY}`);
  return plainFetch(new URL(String(path), BASE_URL), { ...options, headers });
};

/** Returns the data of an answer that has to have this status. */
function ok<Answer extends { status: number; data: unknown }, Status extends Answer['status']>(
  answer: Answer,
  status: Status,
): Extract<Answer, { status: Status }>['data'] {
  if (answer.status === status) return answer.data as Extract<Answer, { status: Status }>['data'];
  throw new Error(JSON.stringify(answer.data));
}

const order = { user_id: 'user-1', data: { order: { id: 7, items: ['a', 'b'] } } };
const keyed = { headers: { 'idempotency-key': `${TARGET}-1` } };
const sent = ok(await api.send(order, keyed), 202);
const again = ok(await api.send(order, keyed), 202);
const subscribe = { target_url: TARGET, event_types: ['order.*'] };
const made = ok(await api.createSubscription(subscribe), 201);
ok(await api.createSubscription({ target_url: TARGET, rate_limit: 2.5 }), 201);
const page = async (cursor?: string) =>
  ok(await api.listSubscriptions({ limit: 1, ...(cursor && { cursor }) }), 200);
const first = await page();
const second = await page(first.next_cursor ?? undefined);
const paid = { type: 'order.paid', user_id: 'user-1', data: [1, 2] };
const event = ok(await api.publishEvent(paid), 202);
const lines = [
  { user_id: 'user-2', data: 'text' },
  { user_id: '', data: 1 },
];
const batch = ok(await api.sendBatch(lines), 207);
const rows = 'user_id,alert_message\nuser-3,hello\n';
const file = new File([rows], 'alerts.csv', { type: 'text/csv' });
const uploaded = ok(await api.upload({ file: [file] }), 202);
const delivery = ok(await api.getDelivery(sent.id), 200);
const found = ok(await api.listDeliveries({ id: sent.id }), 200);
const dead = ok(await api.listDeadLetters({ limit: 10 }), 200);
const status = ok(await api.getStatus(), 200);
const refused: Problem = ok(await api.send({ user_id: '', data: 1 }), 400);

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
    problem: [refused.status, refused.type, refused.errors?.[0]?.field],
  }),
);
