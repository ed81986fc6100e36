import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumerState, EndpointReport } from '../../common/model/consumer-state.ts';
import { endpointLine, reportsByEndpoint } from './endpoint-list.ts';

const status = {
  subscription: 'sub_a',
  target: 'https://example.com/hook',
  state: 'ok',
  rate: 7,
  last_status: 200,
  last_error: null,
  last_attempt_at: null,
} as const;
const consumer = (clientId: string, ...reports: Partial<EndpointReport>[]): ConsumerState => ({
  clientId,
  alarms: [],
  filteredOut: {},
  places: 64,
  inFlight: [],
  endpoints: reports.map((report) => ({
    subscription: 'sub_a',
    state: 'open',
    ratePerSecond: null,
    restingUntil: null,
    restingReason: null,
    inFlight: 1,
    waiting: 10,
    ...report,
  })),
});

const lineOf = (all: readonly ConsumerState[]) =>
  endpointLine(status, reportsByEndpoint(all).get('sub_a') ?? [], undefined, 0);

test('what several consumers say is added up, of this endpoint alone', () => {
  const all = [
    consumer('a', { ratePerSecond: 5 }, { subscription: null, waiting: 99 }),
    consumer('b', { ratePerSecond: 2.5 }),
  ];
  const { rate_limit, in_flight, waiting, state } = lineOf(all);
  assert.deepEqual(
    { rate_limit, in_flight, waiting, state },
    { rate_limit: 7.5, in_flight: 2, waiting: 20, state: 'ok' },
  );
});

test('one without a limit leaves all without one', () => {
  const all = [consumer('a', { ratePerSecond: 5 }), consumer('b', {})];
  assert.equal(lineOf(all).rate_limit, null);
});

for (const [said, shown] of [
  ['paused', 'throttled'],
  ['circuit-open', 'circuit-open'],
  ['disabled', 'disabled'],
] as const) {
  test(`that it is ${said} is seen though one consumer alone says so`, () => {
    const all = [consumer('a', {}), consumer('b', { state: said })];
    assert.equal(lineOf(all).state, shown);
  });
}

test('an endpoint rests until the last of the consumers goes on', () => {
  const all = [
    consumer('a', { restingUntil: 1_000, restingReason: 'retry-after' }),
    consumer('b', { restingUntil: 5_000, restingReason: 'token-server' }),
    consumer('c', {}),
  ];
  const restOf = (some: readonly ConsumerState[]) => {
    const { resting_until, resting_reason } = lineOf(some);
    return [resting_until, resting_reason];
  };
  assert.deepEqual(restOf(all), ['1970-01-01T00:00:05.000Z', 'token-server']);
  assert.deepEqual(restOf([consumer('a', { restingReason: 'proxy' })]), [null, 'proxy']);
  assert.deepEqual(restOf([consumer('a')]), [null, null]);
});

test('an endpoint that is behind says by how much, and how old the oldest is', () => {
  const lineAt = (sinceMs: number | null) =>
    endpointLine(status, [], { left: 12, sinceMs }, 61_000);
  const { behind, oldest_waiting_seconds: age } = lineAt(1_000);
  assert.deepEqual([behind, age], [12, 60]);
  assert.equal(lineAt(null).oldest_waiting_seconds, null);
  assert.equal(lineOf([]).behind, null);
});
