import assert from 'node:assert/strict';
import { test } from 'node:test';
import { summarize } from './summary.ts';
import type { Observed, ObservedEndpoint } from './summary.ts';

const NOW = Date.UTC(2026, 10, 29, 12);
const GIB = 1024 ** 3;
const quiet = { waiting: 0, in_flight: 0, retrying: 0, dead_lettered: 0 };
const WELL: Observed = {
  ...{ nowMs: NOW, loading: false, brokerSeenAtMs: NOW - 900, isBrokerFailing: false },
  missingTopic: null,
  ...{ disk: { free_bytes: 50 * GIB, total_bytes: 100 * GIB }, consumers: 2, alarms: [] },
  deliveries: { ...quiet, dead_lettered_last_hour: 0 },
  ...{ lagSeconds: 0, endpoints: [], replays: [], reading: 0 },
  ...{ queued: 0, heldBack: { api: null, files: null } },
};

const endpoint = (change: Partial<ObservedEndpoint>): ObservedEndpoint => ({
  ...{ subscription: 'sub_a', state: 'ok', resting_reason: null, disabled_reason: null },
  ...{ behind: null, waiting: 0 },
  ...change,
});
const deliveries = (change: Partial<Observed['deliveries']>) => ({
  deliveries: { ...WELL.deliveries, ...change },
});
const alarm = (kind: string, detail = 'detail') => ({ alarms: [{ kind, detail }] });
const failing = endpoint({ state: 'failing' });
const rest = endpoint({ resting_reason: 'retry-after', state: 'throttled' });

const unproxied = { ...rest, resting_reason: 'proxy' } as const;
const untokened = { ...rest, resting_reason: 'token-server' } as const;

const rows: readonly [
  title: string,
  change: Partial<Observed>,
  state: string,
  headline: string,
  href?: string,
][] = [
  ['all is well', {}, 'ok', 'All well'],
  ['it delivers', deliveries({ in_flight: 5 }), 'ok', 'All well, delivering'],
  [
    'deliveries died lately',
    deliveries({ dead_lettered: 400, dead_lettered_last_hour: 329 }),
    ...(['degraded', '329 dead in the last hour', '#/dead-letters'] as const),
  ],
  [
    'what died lately was put back',
    deliveries({ dead_lettered: 0, dead_lettered_last_hour: 329 }),
    ...(['ok', 'All well'] as const),
  ],
  [
    'old dead letters lie there',
    deliveries({ dead_lettered: 1 }),
    ...(['degraded', '1 dead letter to look at', '#/dead-letters'] as const),
  ],
  [
    'a topic was deleted',
    { brokerSeenAtMs: NOW - 6_000, isBrokerFailing: true, missingTopic: 'a.deliveries: unknown' },
    ...(['down', 'A topic is missing (a.deliveries: unknown)', '#/log'] as const),
  ],
  [
    'callers are refused, as too much waits',
    { heldBack: { api: 1_200, files: 1_300 }, queued: 1 },
    'degraded',
    'The API answers 429: 1,200 records wait, which MAX_LAG does not allow',
    '#/log',
  ],
  [
    'a file rests, as too much waits',
    { heldBack: { api: null, files: 1_300 }, queued: 1 },
    ...(['ok', 'All well · Files rest: 1,300 records wait, which is MAX_LAG', '#/log'] as const),
  ],
  [
    'much waits, and no file rests for it',
    { heldBack: { api: null, files: 1_300 } },
    ...(['ok', 'All well'] as const),
  ],
  [
    'an endpoint rests',
    { endpoints: [rest] },
    ...(['degraded', '1 endpoint resting, as asked', '#/endpoints/sub_a'] as const),
  ],
  [
    'an endpoint is not reached, as the proxy fails',
    { endpoints: [unproxied] },
    'failing',
    '1 endpoint not reached: the proxy fails',
    '#/endpoints/sub_a',
  ],
  [
    'an endpoint is not reached, as its token server fails',
    { endpoints: [untokened] },
    'failing',
    '1 endpoint not reached: the token server fails',
    '#/endpoints/sub_a',
  ],
  [
    'the circuits of endpoints are open',
    { endpoints: [1, 2, 3].map(() => endpoint({ state: 'circuit-open' })) },
    ...(['failing', '3 endpoints failing, with the circuit open', '#/endpoints'] as const),
  ],
  [
    'the endpoint of WEBHOOK_URL fails',
    { endpoints: [endpoint({ subscription: null, state: 'failing' })] },
    ...(['failing', '1 endpoint failing', '#/endpoints/default'] as const),
  ],
  [
    'the circuit of an endpoint is open, so that its deliveries wait',
    { endpoints: [endpoint({ state: 'circuit-open', behind: 1_200 })] },
    ...([
      'failing',
      '1 endpoint failing, with the circuit open: 1,200 deliveries wait',
      '#/endpoints/sub_a',
    ] as const),
  ],
  [
    'an endpoint was disabled after failures',
    { endpoints: [endpoint({ state: 'disabled', disabled_reason: '410' })] },
    ...(['failing', '1 endpoint disabled after failures', '#/endpoints/sub_a'] as const),
  ],
  [
    'an endpoint is paused',
    { endpoints: [endpoint({ state: 'paused', behind: 4 })] },
    ...(['degraded', '1 endpoint paused: 4 deliveries wait', '#/endpoints/sub_a'] as const),
  ],
  [
    'an endpoint is paused, and its consumers alone know yet of what waits',
    { endpoints: [endpoint({ state: 'paused', waiting: 3 })] },
    ...(['degraded', '1 endpoint paused: 3 deliveries wait', '#/endpoints/sub_a'] as const),
  ],
  [
    'an endpoint is paused whose consumers have read some of what waits',
    { endpoints: [endpoint({ state: 'paused', behind: 4, waiting: 3 })] },
    ...(['degraded', '1 endpoint paused: 4 deliveries wait', '#/endpoints/sub_a'] as const),
  ],
  [
    'an endpoint is disabled as asked, and nothing waits for it',
    { endpoints: [endpoint({ state: 'disabled' })] },
    ...(['ok', 'All well'] as const),
  ],
  [
    'an endpoint is disabled as asked, and deliveries wait for it',
    { endpoints: [endpoint({ state: 'disabled', behind: 2 })] },
    ...(['degraded', '1 endpoint disabled: 2 deliveries wait', '#/endpoints/sub_a'] as const),
  ],
  [
    'deliveries wait and no consumer runs',
    { consumers: 0, ...deliveries({ waiting: 1_500 }) },
    ...(['down', 'No consumer runs, and 1,500 deliveries wait', '#/log'] as const),
  ],
  [
    'no consumer runs, and nothing waits',
    { consumers: 0 },
    ...(['degraded', 'No consumer runs', '#/log'] as const),
  ],
  [
    'the broker is silent',
    { brokerSeenAtMs: NOW - 6_000 },
    ...(['down', 'Kafka does not answer for 6 s', '#/log'] as const),
  ],
  [
    'the broker refuses',
    { brokerSeenAtMs: NOW - 2_000, isBrokerFailing: true },
    ...(['down', 'Kafka does not answer for 2 s', '#/log'] as const),
  ],
  [
    'the broker has never answered',
    { brokerSeenAtMs: null },
    ...(['down', 'Kafka does not answer', '#/log'] as const),
  ],
  [
    'the disk is full',
    { disk: { free_bytes: 3 * 1024 ** 2, total_bytes: 100 * GIB } },
    ...(['failing', 'The disk is full: 3 MiB left', '#/files'] as const),
  ],
  [
    'the disk is nearly full',
    { disk: { free_bytes: GIB, total_bytes: 100 * GIB } },
    ...(['degraded', 'The disk is nearly full: 1,024 MiB left'] as const),
  ],
  [
    'deliveries wait for minutes',
    { lagSeconds: 600, ...deliveries({ waiting: 9_000 }) },
    ...(['degraded', 'Behind by 9,000 deliveries, 10 min', '#/log'] as const),
  ],
  [
    'an endpoint is behind',
    { endpoints: [endpoint({ behind: 12 })], ...alarm('endpoint-behind') },
    ...(['degraded', '1 endpoint behind: 12 deliveries wait', '#/endpoints/sub_a'] as const),
  ],
  [
    'what waits expires soon',
    alarm('retention-near', 'sub_a has 2 h left'),
    ...(['failing', 'Retention is near: sub_a has 2 h left'] as const),
  ],
  [
    'a consumer complains',
    alarm('key-stuck', 'user-7'),
    ...(['degraded', 'key-stuck: user-7'] as const),
  ],
  [
    'a replay runs',
    { replays: [{ id: 'r', read: 40, offsets: 160 }] },
    ...(['ok', 'All well · A replay runs, 25 %', '#/replay'] as const),
  ],
  ['a file is read', { reading: 1 }, 'ok', 'All well · 1 file is being read'],
  [
    'the log is still being read',
    { loading: true },
    'ok',
    'Reading the log: the figures still grow',
  ],
  [
    'much is wrong at once',
    {
      endpoints: [failing, failing, failing, rest],
      ...deliveries({ dead_lettered: 329, dead_lettered_last_hour: 329 }),
      replays: [{ id: 'r', read: 0, offsets: 0 }],
    },
    'failing',
    '3 endpoints failing · 1 endpoint resting, as asked · 329 dead in the last hour · 1 more',
    '#/endpoints',
  ],
];

for (const [title, change, state, headline, href] of rows) {
  test(`the summary when ${title}`, () => {
    const summary = summarize({ ...WELL, ...change });
    assert.deepEqual([summary.state, summary.headline], [state, headline]);
    assert.equal(summary.actions[0]?.href, href);
  });
}

test('the next step for a disabled endpoint, or a paused one, leads to it and names the button', () => {
  const stepFor = (state: string) =>
    summarize({ ...WELL, endpoints: [endpoint({ state, behind: 1 })] }).actions[0]?.text;
  assert.equal(stepFor('disabled'), 'See and enable the disabled endpoint');
  assert.equal(stepFor('paused'), 'See and resume the paused endpoint');
});
