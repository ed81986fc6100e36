/**
 * Every problem that the API answers with: the last part of its `type`, its status and its meaning.
 * Programs branch on them, so a name here never changes. The first of a status is its default.
 */
export const PROBLEMS = {
  'bad-request': { status: 400, meaning: 'Not what the route takes; `detail` says why' },
  'malformed-json': { status: 400, meaning: 'The body is not JSON, or not UTF-8' },
  'invalid-fields': {
    status: 400,
    meaning: '`errors` has each bad field (20 at most), its value and the rule',
  },
  'target-forbidden': { status: 400, meaning: 'No delivery may go to the address of target_url' },
  unauthorized: { status: 401, meaning: 'API_KEYS is set, and the key is missing or unknown' },
  forbidden: {
    status: 403,
    meaning: 'A browser asks on behalf of another site, or by a name that is not ours',
  },
  'not-found': { status: 404, meaning: 'Unknown, deleted or expired' },
  'method-not-allowed': { status: 405, meaning: 'The path takes only the methods of `Allow`' },
  'request-timeout': { status: 408, meaning: 'The request took too long to arrive' },
  conflict: { status: 409, meaning: 'Something under way does not allow it' },
  disabled: { status: 409, meaning: 'The subscription is disabled' },
  'type-not-subscribed': { status: 409, meaning: 'The subscription does not take the type' },
  'redrive-fenced': { status: 409, meaning: 'Another process has begun a redrive' },
  'payload-too-large': { status: 413, meaning: 'Larger than allowed; `detail` has the limit' },
  'uri-too-long': { status: 414, meaning: 'The URL is longer than 8192 characters' },
  'unsupported-media-type': { status: 415, meaning: 'This content type is not taken' },
  'idempotency-key-reused': { status: 422, meaning: 'The key was given with other content' },
  'too-many-requests': { status: 429, meaning: 'Come back after `Retry-After`' },
  'user-rate': {
    status: 429,
    meaning: 'More of a user than USER_RATE_LIMIT; `Retry-After` says when',
  },
  lag: { status: 429, meaning: 'Too much waits for delivery; come back after `Retry-After`' },
  'request-header-fields-too-large': { status: 431, meaning: 'More than 16 KiB of headers' },
  'internal-server-error': { status: 500, meaning: 'A bug; the log has it under `requestId`' },
  'service-unavailable': { status: 503, meaning: 'A process is being started again; ask again' },
  'broker-unavailable': { status: 503, meaning: 'Kafka does not answer; ask again' },
  'idempotency-key-in-use': { status: 503, meaning: 'A request with this key has not ended' },
  'group-active': { status: 503, meaning: 'The consumers are sharing out their work; ask again' },
  'not-ready': { status: 503, meaning: '`detail` says what is not well' },
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
