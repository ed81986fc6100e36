import { request } from 'node:http';

/** A request that must be refused; `:id` and so on in the path stand for the world's ids. */
export interface Ask {
  readonly path?: string;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** Requests that are sent before, each as often as it is listed. */
  readonly before?: readonly Ask[];
}

const json = (value: unknown): Ask => ({ body: JSON.stringify(value) });
const long = (length: number): Ask => json({ description: 'x'.repeat(length) });
const MALFORMED: Ask = { body: '{' };
const NONE = { path: '/none' };
const BAD_LIMIT: Ask = { path: '?limit=0' };

const keyed = (body: string): Ask => ({ body, headers: { 'idempotency-key': 'one' } });
const REUSED_SEND: Ask = {
  ...keyed('{"user_id":"k","data":1}'),
  before: [keyed('{"user_id":"k","data":2}')],
};
const REUSED_EVENT: Ask = {
  ...keyed('{"type":"a.b","data":1}'),
  before: [keyed('{"type":"a.b","data":2}')],
};

/** A multipart body with one file. */
export function upload(content: string, end = '\r\n--b--\r\n', name = 'a.csv'): Ask {
  const head = `--b\r\ncontent-disposition: form-data; name="file"; filename="${name}"\r\n\r\n`;
  const headers = { 'content-type': 'multipart/form-data; boundary=b' };
  return { body: head + content + end, headers };
}

/** By route and by the last part of the problem's type; those that need more are in the test. */
export const REFUSALS: Readonly<Record<string, Readonly<Record<string, Ask>>>> = {
  'POST /send': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ user_id: '', data: 1 }),
    'payload-too-large': json({ user_id: 'u', data: 'x'.repeat(1_100) }),
    'idempotency-key-reused': REUSED_SEND,
    'user-rate': {
      ...json({ user_id: 'quick', data: 1 }),
      before: Array<Ask>(12).fill(json({ user_id: 'quick', data: 1 })),
    },
  },
  'POST /send/batch': {
    'bad-request': { body: '' },
    'malformed-json': { body: '[{]' },
    'payload-too-large': { body: `[${' '.repeat(8 * 1024 ** 2)}]` },
  },
  'POST /events': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ type: 'order.*', data: 1 }),
    'payload-too-large': json({ type: 'a', data: 'x'.repeat(1_100) }),
    'idempotency-key-reused': REUSED_EVENT,
  },
  'POST /s3-events': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ Records: 1 }),
    'not-found': json({ Records: [] }),
    'payload-too-large': { body: `[${' '.repeat(1024 ** 2)}]` },
  },
  'POST /ingest/{subscriptionId}': {
    'bad-request': { body: '' },
    'invalid-fields': { body: '{}', headers: { 'event-type': 'a b' } },
    'not-found': { ...NONE, body: '{}' },
    disabled: { path: '/:disabled', body: '{}' },
    'type-not-subscribed': { path: '/:typed', body: '{}', headers: { 'event-type': 'c.d' } },
    'payload-too-large': { body: 'x'.repeat(1_100) },
    'unsupported-media-type': { body: '{}', headers: { 'content-type': 'x'.repeat(300) } },
    'idempotency-key-reused': { ...keyed('{"a":1}'), before: [keyed('{"a":2}')] },
  },
  'POST /upload': {
    'bad-request': upload('user_id,alert_message\n', ''),
    'payload-too-large': upload('x'.repeat(3_000)),
    'unsupported-media-type': upload('x', undefined, 'a.pdf'),
  },
  'POST /subscriptions': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ target_url: 'ftp://a/' }),
    'target-forbidden': json({ target_url: 'http://10.0.0.1/' }),
    'payload-too-large': long(70_000),
  },
  'POST /sources': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ topic: '__consumer_offsets' }),
    conflict: json({ topic: 'of-settings' }),
    'payload-too-large': long(70_000),
  },
  'GET /sources': { 'invalid-fields': BAD_LIMIT },
  'GET /sources/{topic}': { 'not-found': NONE },
  'PATCH /sources/{topic}': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ user_id: 'value' }),
    'not-found': { ...NONE, body: '{}' },
    conflict: { path: '/of-settings', body: '{}' },
    'payload-too-large': long(70_000),
  },
  'DELETE /sources/{topic}': { 'not-found': NONE, conflict: { path: '/of-settings' } },
  'GET /subscriptions': { 'invalid-fields': BAD_LIMIT },
  'GET /subscriptions/{id}': { 'not-found': NONE },
  'PATCH /subscriptions/{id}': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ enabled: 'yes' }),
    'target-forbidden': json({ target_url: 'http://169.254.169.254/' }),
    'not-found': { ...NONE, body: '{}' },
    'payload-too-large': long(70_000),
  },
  'DELETE /subscriptions/{id}': { 'not-found': NONE },
  'POST /subscriptions/{id}/rotate-secret': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ secret: 'short' }),
    'not-found': { ...NONE, body: '{}' },
    'payload-too-large': long(70_000),
  },
  'POST /subscriptions/{id}/filter/test': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ filter: { body: {} } }),
    'not-found': { ...NONE, body: '{}' },
    'payload-too-large': long(70_000),
  },
  'POST /subscriptions/{id}/test': { 'not-found': NONE },
  'POST /subscriptions/{id}/enable': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ from: 'yesterday' }),
    'not-found': NONE,
    'payload-too-large': long(70_000),
  },
  'POST /subscriptions/{id}/disable': { 'not-found': NONE },
  'POST /subscriptions/{id}/pause': { 'not-found': NONE, disabled: { path: '/:disabled' } },
  'POST /subscriptions/{id}/resume': { 'not-found': NONE, disabled: { path: '/:disabled' } },
  'GET /subscriptions/{id}/logs': { 'invalid-fields': BAD_LIMIT, 'not-found': NONE },
  'GET /subscription/logs/{id}': { 'invalid-fields': BAD_LIMIT, 'not-found': NONE },
  'GET /deliveries': { 'invalid-fields': BAD_LIMIT },
  'GET /deliveries/{id}': { 'invalid-fields': { path: '?subscription=' }, 'not-found': NONE },
  'GET /deliveries/{id}/body': { 'invalid-fields': { path: '?subscription=' }, 'not-found': NONE },
  'POST /deliveries/{id}/resend': {
    'invalid-fields': { path: '?subscription=' },
    'not-found': NONE,
  },
  'GET /dead-letters': { 'invalid-fields': BAD_LIMIT },
  'POST /dead-letters/redrive': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({}),
    'payload-too-large': long(1_100_000),
  },
  'POST /dead-letters/discard': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ filter: {} }),
    'payload-too-large': long(1_100_000),
  },
  'POST /replays': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ from: 'soon' }),
    'payload-too-large': long(70_000),
  },
  'POST /offsets/reset': {
    'malformed-json': MALFORMED,
    'invalid-fields': json({ to: 'soon' }),
    'not-found': json({ to: 'earliest', subscription: 'none' }),
    'payload-too-large': long(70_000),
  },
  'DELETE /users/{id}': { 'user-keys-off': { path: '/user-1' } },
  'GET /replays/volume': { 'invalid-fields': { path: '?from=soon' } },
  'GET /replays/{id}': { 'not-found': NONE },
  'DELETE /replays/{id}': { 'not-found': NONE },
  'GET /files': { 'invalid-fields': BAD_LIMIT },
  'GET /files/{id}': { 'not-found': NONE },
  'GET /files/{id}/rejected': { 'not-found': NONE },
  'POST /files/{id}/cancel': { 'not-found': NONE },
  'GET /topics/{topic}/records': { 'invalid-fields': BAD_LIMIT, 'not-found': NONE },
  'GET /series': {
    'invalid-fields': { path: '?window=1h' },
    'not-found': { path: '?window=15m&subscription=none' },
  },
};

/** Requests that provoke the refusals which all routes share. */
export const REFUSALS_OF_ALL: Readonly<Record<string, Ask>> = {
  forbidden: { headers: { 'sec-fetch-site': 'cross-site' } },
  unauthorized: { headers: { authorization: 'Bearer wrong' } },
  'uri-too-long': { path: `?q=${'x'.repeat(9_000)}` },
  'request-header-fields-too-large': { headers: { 'x-large': 'x'.repeat(20_000) } },
};

/**
 * Puts an ask's path into its route: `/none` and `/:name` fill the gap, `?…` comes behind.
 *
 * @param ids `:id` is what a gap is filled with when the ask does not say
 */
export function pathOf(route: string, { path = '' }: Ask, ids: Record<string, string>): string {
  const filling = path.startsWith('/') ? path.slice(1) : ':id';
  const filled = filling.startsWith(':') ? (ids[filling.slice(1)] ?? '') : filling;
  return route.replace(/\{\w+\}/, filled) + (path.startsWith('?') ? path : '');
}

export interface Refusal {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
}

/** Sends anything: headers that `fetch` keeps back, bodies that are refused before their end. */
export function send(
  url: string,
  method: string,
  { body = '', headers = {} }: Ask,
): Promise<Refusal> {
  return new Promise((resolve, reject) => {
    const all = { authorization: 'Bearer key', 'content-length': Buffer.byteLength(body) };
    const sent = request(url, { method, headers: { ...all, ...headers }, timeout: 30_000 });
    sent.on('response', (answer) => {
      const chunks: string[] = [];
      answer.on('data', (chunk) => chunks.push(String(chunk)));
      answer.on('error', reject);
      answer.on('end', () => {
        const { statusCode: status = 0, headers: given } = answer;
        resolve({ status, headers: given, text: chunks.join('') });
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}
