import type { HttpApp } from '../../common/http/app.ts';

/** Text that would run, and change the title of the page, if it ever became a part of it. */
export const HOSTILE = `<img src=x onerror="document.title='owned'"><b>"'&amp;\u202e`;

export const AT = '2026-11-21T12:00:00.000Z';
const ID = '01M7YY9YDZ3V9Q7W4B2M6N0P5R-0000000001';

/** Routes that the dashboard offers controls for, with the parameters of their queries. */
const ROUTES = [
  'get /deliveries user id subscription event_type file error',
  'get /deliveries/{id}',
  'get /deliveries/{id}/body',
  'post /deliveries/{id}/resend',
  'get /dead-letters user subscription status error since id',
  'get /dead-letters/groups',
  'post /dead-letters/discard',
  'post /files/{id}/cancel',
  'get /files/{id}/rejected',
  'get /series',
  'post /sources',
  'get /topics',
  'get /topics/{topic}/records',
  'post /subscriptions/{id}/pause',
  'post /subscriptions/{id}/resume',
  'post /subscriptions/{id}/filter/test',
  'post /offsets/reset',
  'delete /users/{id}',
];

function description() {
  const paths: Record<string, Record<string, object>> = {};
  for (const [method = '', path = '', ...names] of ROUTES.map((route) => route.split(' '))) {
    paths[path] = { ...paths[path], [method]: { parameters: names.map((name) => ({ name })) } };
  }
  return { paths };
}

export const FILE = {
  ...{ id: '01M7YY9YDFILE', name: HOSTILE, state: 'reading', bytes: 52_000, bytes_read: 40_000 },
  ...{
    rows: 1_000,
    rejected: 3,
    delivered: 700,
    retrying: 7,
    dead: 40,
    waiting: 250,
    cancelled: 4,
  },
  ...{ passed_over: 2, warnings: [{ code: 'w', message: HOSTILE, count: 3 }] },
  ...{
    same_content_as: { id: 'f', name: HOSTILE, at: AT },
    started_at: AT,
    finished_at: null,
    settled_at: null,
  },
  ...{ ledger_complete: false, error: { code: 'e', message: HOSTILE } },
};

const ENDPOINT = {
  ...{ subscription: 'sub_1', target: `https://example.com/${HOSTILE}`, state: 'failing' },
  ...{ rate: 41.5, rate_limit: 50, resting_until: AT, resting_reason: 'retry-after', in_flight: 3 },
  ...{ waiting: 4_000, oldest_waiting_seconds: 4_321, last_status: null, last_error: HOSTILE },
  ...{ last_attempt_at: AT, disabled_reason: null, failing_since: AT, behind: 4_000 },
};

const LEFT = {
  left_in_inbox: [{ name: HOSTILE, code: 'other_ending', message: HOSTILE, since: AT }],
  left_in_inbox_count: 1,
};

export const STATUS = {
  summary: {
    state: 'failing',
    headline: `1 endpoint failing · 329 dead in the last hour ${HOSTILE}`,
    actions: [{ text: 'See the dead letters', href: '#/dead-letters' }],
  },
  ...{ loading: false, not_ready: null, brokers: [HOSTILE], broker_seen_at: AT },
  topics: [{ topic: `w.${HOSTILE}`, end: 1_234, committed: 1_200, lag: 34, lag_seconds: 5 }],
  settings: {
    ...{ ordering: 'key', timeout_ms: 15_000, retry_schedule_ms: [5_000, 300_000] },
    ...{ rate_limit: 50, user_keys: true },
  },
  inbox: HOSTILE,
  files: {
    ...{ queued: 1, reading: 1, done: 2, failed: 1, cancelled: 0 },
    latest: [FILE],
    ...LEFT,
  },
  deliveries: {
    ...{ delivered: 1_234_567, waiting: 34, in_flight: 3, retrying: 5 },
    ...{ dead_lettered: 329, dead_lettered_last_hour: 329, cancelled: 7 },
  },
  endpoints: [{ ...ENDPOINT, subscription: null, target: 'http://127.0.0.1/' }, ENDPOINT],
  consumers: [
    {
      ...{ client_id: HOSTILE, host: HOSTILE, partitions: [10, 2] },
      alarms: [HOSTILE, 'schema-unavailable'].map((kind) => ({ kind, detail: HOSTILE })),
    },
  ],
  replays: [],
};

const DELIVERY = {
  ...{ id: ID, subscription: 'sub_1', user: HOSTILE, state: 'dead', waiting_reason: null },
  ...{ status: 500, error: `HTTP 500: ${HOSTILE}`, attempt: 3, trigger: 'redrive' },
  ...{ last_attempt_at: AT },
  ...{ next_attempt_at: AT, accepted_at: AT, event_type: HOSTILE, file: 'f', row: 1 },
  ...{ topic: `w.${HOSTILE}`, partition: 3, offset: 5 },
};

const ATTEMPTS = [1, 2, 3].map((attempt) => ({
  ...DELIVERY,
  ...{ attempt, at: `2026-11-21T12:00:0${attempt}.000Z`, latency_ms: 12.3, excerpt: HOSTILE },
  request_headers: { 'webhook-id': HOSTILE, 'x-token': '(hidden)' },
  response_headers: { server: HOSTILE },
}));

const SUBSCRIPTION = {
  ...{ id: 'sub_1', target_url: `https://example.com/${HOSTILE}`, event_types: [HOSTILE] },
  ...{ rate_limit: 50, ordering: null, headers: { [HOSTILE]: '(hidden)' }, description: HOSTILE },
  ...{ timeout_ms: 1_500, retry_schedule_ms: [5_000], concurrency: 3, format: 'slack' },
  ...{ filter: { body: { [HOSTILE]: [HOSTILE] } }, filtered_out: 12 },
  ...{ enabled: false, disabled_reason: HOSTILE, failing_since: AT, unusable_reason: HOSTILE },
  ...{
    target_forbidden: HOSTILE,
    resting_until: AT,
    resting_reason: 'token-server',
    signatures: ['v1', 'v1a'],
  },
  ...{ public_keys: [HOSTILE], previous_secret_valid_until: AT, created_at: AT, updated_at: AT },
};

/** Two endpoints of one URL. */
export const TWINS = [
  { ...SUBSCRIPTION, id: 'sub_1', target_url: 'https://example.com/', description: 'Orders' },
  { ...SUBSCRIPTION, id: 'sub_2', target_url: 'https://example.com/', description: '' },
] as const;

const DEAD_LETTER = {
  ...{ id: ID, user: HOSTILE, subscription: 'sub_1', event_type: HOSTILE, status: 500 },
  ...{ error: HOSTILE, attempts: 5, redrives: 1, died_at: AT, partition: 0, offset: 7 },
};

const REPLAY = {
  ...{ id: 'r', from: 'earliest', to: null, subscription: HOSTILE, user: HOSTILE, topic: null },
  ...{
    partition: null,
    rate: 5,
    state: 'running',
    offsets: 1_200,
    copied: 300,
    skipped: { [HOSTILE]: 9 },
  },
  ...{ read: 400, started_at: AT, ended_at: null },
};

const SOURCE = {
  ...{ topic: HOSTILE, state: 'forbidden', reason: HOSTILE, by: 'api', from: 'now' },
  ...{ lag: null, lag_seconds: null, rate: null, partitions: null, created_at: null },
  ...{ user_id: HOSTILE, event_type: HOSTILE, tombstones: 'skip', to_default: true },
};
const READ = { state: 'reading', reason: null, lag: 40, lag_seconds: 3, rate: 9.5, by: 'settings' };

const POINTS = Array.from({ length: 30 }, (_, n) => ({
  at: new Date(Date.parse(AT) + n * 30_000).toISOString(),
  ...{ delivered: n * 10, failed: n, dead_lettered: 0, p50_ms: 12, p99_ms: 80 + n },
  ...{ waiting: n * 40, lag_seconds: n * 3 },
}));

const SERIES = { window: '15m', step_seconds: 30, points: POINTS };

const TOPIC = {
  ...{ topic: 'w.deliveries', offsets: 99, readers: null },
  partitions: [
    {
      ...{ partition: 0, start: 0, end: 99, committed: 50, owner: HOSTILE },
      ...{ cursors: [{ endpoint: HOSTILE, offset: 7 }], cursor_count: 3 },
    },
  ],
};

/** A topic that no consumer delivers from, with records in one of its partitions. */
const FILES_TOPIC = {
  ...{ topic: 'w.files', offsets: 3, readers: HOSTILE },
  partitions: [0, 1, 2].map((partition) => ({
    ...{ partition, start: 0, end: partition === 2 ? 3 : 0, committed: null, owner: null },
    ...{ cursors: [], cursor_count: 0 },
  })),
};

const RECORD = {
  ...{ partition: 0, offset: 1, at: AT, key: HOSTILE, headers: { 'webhook-id': HOSTILE } },
  ...{ bytes: 30, value: JSON.stringify({ text: HOSTILE }), value_base64: null, value_cut: true },
  error: HOSTILE,
};

const RESET = {
  ...{ done: false, members: [HOSTILE], begin_later: [HOSTILE], begin_later_count: 30 },
  topics: [
    {
      ...{ topic: HOSTILE, group: HOSTILE, again: 9 },
      partitions: [{ partition: 0, from: null, to: 1, end: 10, moved: 'to_begin' }],
    },
  ],
};

/** Fields of a subscription that the page has an input for. */
export const FORM_FIELDS = [
  ...['target_url', 'event_types.0', 'description', 'rate_limit', 'ordering', 'timeout_ms'],
  ...['retry_schedule_ms.1', 'concurrency', 'format', 'headers.x', 'signatures.0'],
];

/** Answers by path; `:` stands for one part of a path. */
const ANSWERS: Readonly<Record<string, unknown>> = {
  '/openapi.json': description(),
  '/status': STATUS,
  '/series': SERIES,
  '/files': { files: [FILE, { ...FILE, id: 'f2', state: 'done', error: undefined }], ...LEFT },
  '/files/:id': FILE,
  '/subscriptions': { subscriptions: [SUBSCRIPTION], next_cursor: null },
  '/subscriptions/:id': SUBSCRIPTION,
  '/subscriptions/:id/logs': { attempts: ATTEMPTS, next_cursor: null },
  '/deliveries': { deliveries: [DELIVERY], next_cursor: '1-1', search_limit_met: true },
  '/deliveries/:id': { ...DELIVERY, attempts: ATTEMPTS },
  '/deliveries/:id/body': { text: HOSTILE, number: 1 },
  '/dead-letters': { dead_letters: [DEAD_LETTER], next_cursor: null },
  '/dead-letters/groups': {
    groups: [{ subscription: 'sub_1', status: 500, error: HOSTILE, count: 329 }],
  },
  '/sources': { sources: [SOURCE, { ...SOURCE, topic: 'read', ...READ }], next_cursor: null },
  '/replays': { replays: [REPLAY] },
  '/replays/volume': {
    step_seconds: 30,
    points: POINTS.map(({ at, delivered }) => ({ at, offsets: delivered })),
  },
  '/topics': { topics: [TOPIC, FILES_TOPIC] },
  '/topics/:topic/records': {
    ...{ topic: HOSTILE, partition: 0, start: 0, end: 99, next_offset: 3, previous_offset: null },
    records: [
      RECORD,
      { ...RECORD, offset: 2, value: null, value_base64: '/wBB' },
      { ...RECORD, offset: 3, value: '{"attempt":1}\n{"attempt":2}\n' },
    ],
  },
};

/**
 * Answers as the API does, but every text of it is hostile, and nothing ever changes: for what a
 * running system cannot be brought to say.
 *
 * @param changed answers instead of the usual ones, by path; null: 503
 */
export function addHostileApi(app: HttpApp, changed: Readonly<Record<string, unknown>> = {}): void {
  app.get('/stream', (c) => {
    const status = JSON.stringify(changed['/status'] ?? STATUS);
    const headers = { 'content-type': 'text/event-stream' };
    return c.body(openStream(`event: status\ndata: ${status}\n\n`), 200, headers);
  });
  for (const [path, answer] of Object.entries({ ...ANSWERS, ...changed })) {
    app.get(path, (c) => (answer === null ? c.json({ detail: HOSTILE }, 503) : c.json(answer)));
  }
  app.post('/subscriptions/:id/filter/test', (c) =>
    c.json({ matches: false, failed: [{ field: HOSTILE, rule: HOSTILE, found: HOSTILE }] }),
  );
  app.delete('/users/:id', (c) =>
    c.json({
      ...{ user: HOSTILE, erased_at: AT, key: HOSTILE, topic: HOSTILE, partition: 4 },
      ...{ deleted_before: 17, remains: [HOSTILE] },
    }),
  );
  app.post('/offsets/reset', (c) => c.json(RESET));
  app.patch('/subscriptions/:id', (c) => {
    const errors = FORM_FIELDS.map((field) => ({ field, value: HOSTILE, rule: `no ${HOSTILE}` }));
    return c.json({ detail: HOSTILE, errors }, 400);
  });
  app.post('/dead-letters/:what', (c) =>
    c.json({
      ...{ matched: 329, skipped: { [HOSTILE]: 2 } },
      failures: [{ subscription: HOSTILE, status: HOSTILE, count: 327 }],
    }),
  );
}

/** A stream that says one thing and stays open. */
function openStream(text: string): ReadableStream<Uint8Array> {
  return new ReadableStream({
    start: (controller) => controller.enqueue(new TextEncoder().encode(text)),
  });
}
