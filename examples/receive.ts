// A receiver of your own: subscribes to `order.*`, verifies each delivery, handles each id once.
//   node examples/receive.ts          with Node 24, and ALLOW_TARGETS=127.0.0.1/32 for the system
// HOOKLINE_URL and HOOKLINE_KEY name another system, and its API key.
// Ctrl-C deletes the subscription.
import { randomBytes } from 'node:crypto';
import { createServer } from 'node:http';
import type { IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Webhook } from 'standardwebhooks';
import { Handled, positionOf } from './deduplicate/memory.ts';

const { HOOKLINE_URL = 'http://127.0.0.1:8080', HOOKLINE_KEY = 'none' } = process.env;

async function call(method: string, path: string, body?: unknown): Promise<unknown> {
  const headers = { authorization: `Bearer ${HOOKLINE_KEY}`, 'content-type': 'application/json' };
  const options = body === undefined ? {} : { body: JSON.stringify(body) };
  const response = await fetch(HOOKLINE_URL + path, { method, headers, ...options });
  if (!response.ok) throw new Error(`${method} ${path}: ${await response.text()}`);
  return response.status === 204 ? null : response.json();
}

/** Without one in the request Hookline makes a secret, and shows it in the answer only. */
const secret = `whsec_${randomBytes(32).toString('base64')}`;
const webhook = new Webhook(secret);
/** In a real receiver this belongs in its database: a repeat may come days later. */
const handled = new Handled();

/** @returns the status to answer: 2xx means done, anything else brings the delivery again. */
async function receive(request: IncomingMessage): Promise<number> {
  // The signature covers the bytes, so nothing may decode or parse them before.
  const body = Buffer.concat(await request.toArray());
  const headers = request.headers as Record<string, string>;
  try {
    webhook.verify(body, headers, { jsonParse: false });
  } catch {
    console.log('refused: the signature does not match');
    return 401;
  }
  if (handled.begin(positionOf(headers))) {
    console.log(`verified: ${headers['event-type']} ${body}`);
  }
  return 204;
}

const server = createServer((request, response) => {
  receive(request).then(
    (status) => response.writeHead(status).end(),
    () => response.destroy(),
  );
});
await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
const target_url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/webhooks`;

const subscription = { target_url, secret, event_types: ['order.*'] };
const { id } = (await call('POST', '/subscriptions', subscription)) as { id: string };
console.log(`subscribed: ${id} to ${target_url}`);

async function stop(): Promise<void> {
  await call('DELETE', `/subscriptions/${id}`);
  server.closeAllConnections();
  server.close();
  console.log(`deleted: ${id}`);
}
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void stop());
