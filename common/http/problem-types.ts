/**
 * Every problem that the API answers with: the last part of its `type`, its status and its meaning.
 * Programs branch on them, so a name here never changes. The first of a status is its default.
 */
export const PROBLEMS = {
  'bad-request': {
    status: 400,
    meaning: 'The request is not what the route accepts; `detail` says why',
  },
  'malformed-json': { status: 400, meaning: 'The body is not JSON, or not UTF-8' },
  'invalid-fields': {
    status: 400,
    meaning: '`errors` lists each invalid field (at most 20), its value and the rule',
  },
  'target-forbidden': { status: 400, meaning: 'No delivery may go to the address of `target_url`' },
  unauthorized: { status: 401, meaning: 'API_KEYS is set, and the key is missing or unknown' },
  forbidden: {
    status: 403,
    meaning: 'A browser sent the request for another site, or to a host name that is not allowed',
  },
  'not-found': { status: 404, meaning: 'The resource is unknown, deleted or expired' },
  'method-not-allowed': { status: 405, meaning: 'The path supports only the methods in `Allow`' },
  'request-timeout': { status: 408, meaning: 'The request took too long to arrive' },
  conflict: {
    status: 409,
    meaning: 'The state of the resource does not allow the request; `detail` says why',
  },
  disabled: { status: 409, meaning: 'The subscription is disabled' },
  'type-not-subscribed': { status: 409, meaning: 'The subscription does not take this event type' },
  'user-keys-off': {
    status: 409,
    meaning: 'USER_KEYS is off in the console, so it has no keys of users',
  },
  'redrive-fenced': { status: 409, meaning: 'Another process has begun a redrive' },
  'consumers-running': { status: 409, meaning: 'Consumers run; stop them first' },
  gone: { status: 410, meaning: 'The log does not have the record any more' },
  erased: {
    status: 410,
    meaning: 'The user was erased, and the key of the body with it',
  },
  'payload-too-large': {
    status: 413,
    meaning: 'The request is larger than allowed; `detail` names the limit',
  },
  'uri-too-long': { status: 414, meaning: 'The URL is longer than 8192 characters' },
  'unsupported-media-type': { status: 415, meaning: 'The route does not accept this content type' },
  'idempotency-key-reused': {
    status: 422,
    meaning: 'The idempotency key was used with other content',
  },
  'too-many-requests': {
    status: 429,
    meaning: 'Too many requests at once; try again after `Retry-After`',
  },
  'user-rate': {
    status: 429,
    meaning: 'The user is above USER_RATE_LIMIT; try again after `Retry-After`',
  },
  lag: {
    status: 429,
    meaning: 'Too many records wait for delivery; try again after `Retry-After`',
  },
  'request-header-fields-too-large': { status: 431, meaning: 'The headers are larger than 16 KiB' },
  'internal-server-error': {
    status: 500,
    meaning: 'A bug in Hookline; the log has details under `request_id`',
  },
  'service-unavailable': { status: 503, meaning: 'A process is restarting; try again' },
  'broker-unavailable': { status: 503, meaning: 'Kafka does not answer; try again' },
  'bucket-unavailable': {
    status: 503,
    meaning: 'The bucket does not answer, or refuses; try again',
  },
  'idempotency-key-in-use': {
    status: 503,
    meaning: 'An earlier request with this key has not ended; try again',
  },
  'group-active': {
    status: 503,
    meaning: 'The consumers are rebalancing their partitions; try again',
  },
  'too-many-streams': { status: 503, meaning: 'Too many streams are open; close one' },
  'not-ready': { status: 503, meaning: 'The system is not ready; `detail` says why' },
  'insufficient-storage': { status: 507, meaning: 'The disk is full' },
} as const satisfies Record<string, { readonly status: number; readonly meaning: string }>;

export type ProblemCode = keyof typeof PROBLEMS;

const DEFAULT_CODES = new Map<number, string>();
for (const [code, { status }] of Object.entries(PROBLEMS)) {
  if (!DEFAULT_CODES.has(status)) DEFAULT_CODES.set(status, code);
}

/** The code of a status that nothing more is known about; any status has one. */
export function defaultCode(status: number): string {
  return DEFAULT_CODES.get(status) ?? `status-${status}`;
}

/** The `type` of a problem: a name and no address, as there is nothing to fetch. */
export function problemType(code: string): string {
  return `urn:hookline:problem:${code}`;
}
