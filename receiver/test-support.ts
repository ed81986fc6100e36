import type { TestContext } from 'node:test';
import { createReceiver } from './receiver.ts';
import type { Receiver, ReceiverOptions } from './receiver.ts';

/** A receiver on a free port that ends with the test. */
export async function aReceiver(t: TestContext, options?: ReceiverOptions): Promise<Receiver> {
  const receiver = await createReceiver(options);
  t.after(() => receiver.close());
  return receiver;
}

export interface Sent {
  readonly path?: string;
  readonly headers?: Record<string, string>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** Posts one delivery; the answer's body has been read. */
export async function deliver({ url }: { url: string }, sent: Sent = {}) {
  const { path = '/webhook', headers = {}, body = '{}', signal } = sent;
  const response = await fetch(url + path, {
    method: 'POST',
    headers,
    body,
    redirect: 'manual',
    ...(signal && { signal }),
  });
  const text = await response.text();
  return { status: response.status, retryAfter: response.headers.get('retry-after'), text };
}

/** The body of a file row. */
export function alert(userId: string, alertMessage: string): string {
  return JSON.stringify({ userId, alertMessage });
}
