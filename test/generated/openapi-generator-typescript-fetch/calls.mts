// Ten calls with the client that openapi-generator (typescript-fetch) made of the description.
import * as api from './index.js';

const { BASE_URL: basePath = '', API_KEY: accessToken = '', TARGET = '' } = process.env;
const settings = new api.Configuration({ basePath, accessToken });
const deliveries = new api.DeliveriesApi(settings);
const subscriptions = new api.SubscriptionsApi(settings);
const log = new api.DeliveryLogApi(settings);

const order = {
  sendRequest: { userId: 'user-1', data: { order: { id: 7, items: ['a', 'b'] } } },
  idempotencyKey: `${TARGET}-1`,
};
const sent = await deliveries.send(order);
const again = await deliveries.send(order);
const wanted = { targetUrl: TARGET, eventTypes: ['order.*'] };
const made = await subscriptions.createSubscription({ createSubscription: wanted });
const limited = { targetUrl: TARGET, rateLimit: 2.5 };
await subscriptions.createSubscription({ createSubscription: limited });
const first = await subscriptions.listSubscriptions({ limit: 1 });
const cursor = first.nextCursor ?? '';
const second = await subscriptions.listSubscriptions({ limit: 1, cursor });
const paid = { type: 'order.paid', userId: 'user-1', data: [1, 2] };
const event = await deliveries.publishEvent({ eventRequest: paid });
const batchLine = [
  { userId: 'user-2', data: 'text' },
  { userId: '', data: 1 },
];
const batch = await deliveries.sendBatch({ batchLine });
const rows = 'user_id,alert_message\nuser-3,hello\n';
const file = new File([rows], 'alerts.csv', { type: 'text/csv' });
const uploaded = await new api.FilesApi(settings).upload({ file: [file] });
const delivery = await log.getDelivery({ id: sent.id });
const found = await log.listDeliveries({ id: sent.id });
const dead = await new api.DeadLettersApi(settings).listDeadLetters({ limit: 10 });
const status = await new api.StatusApi(settings).getStatus();
const refused = await deliveries.send({ sendRequest: { userId: '', data: 1 } }).then(
  () => undefined,
  async (error: unknown) => {
    if (!(error instanceof api.ResponseError)) throw error;
    return api.ProblemFromJSON(await error.response.json());
  },
);

console.log(
  JSON.stringify({
    repeated: sent.id === again.id,
    secret: made.secret.startsWith('whsec_'),
    no_limit: made.rateLimit === null,
    pages: [first.subscriptions.length, second.subscriptions.length],
    differ: first.subscriptions[0]?.id !== second.subscriptions[0]?.id,
    event: event.id.length > 0,
    batch: batch.map((one) => one.status),
    files: uploaded.files.map(({ name }) => name),
    delivery: delivery.user,
    deliveries: found.deliveries.length,
    dead_letters: dead.deadLetters.map(({ error }) => error),
    status: status.topics.length > 0 && status.deliveries.inFlight >= 0,
    problem: [refused?.status, refused?.type, refused?.errors?.[0]?.field],
  }),
);
