import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointReports } from './endpoint-reports.ts';

const none = { rate: null, inFlight: 0, restingUntilMs: null, restingReason: null } as const;

test('endpoints that take nothing come before open ones, whatever the limit', () => {
  const busy = Array.from({ length: 150 }, (_, n) => {
    return { ...none, state: 'open', settings: { id: `busy_${n}` } } as const;
  });
  const last = { ...none, state: 'circuit-open', settings: { id: 'down' } } as const;
  const all = () => [...busy, last];
  const reported = (most: number) =>
    endpointReports({ all }, () => 1, most).map(({ subscription }) => subscription);
  assert.deepEqual(reported(2), ['down', 'busy_0']);
  assert.equal(reported(1_000).length, 151);
});

test('an open endpoint without work is left out, and one that a person has stopped is marked', () => {
  const idle = { ...none, state: 'open', settings: { id: 'idle' } } as const;
  const stopped = { ...none, state: 'disabled', settings: { id: 's', isStopped: true } } as const;
  const reports = endpointReports({ all: () => [idle, stopped] }, () => 0, 100);
  assert.deepEqual(
    reports.map(({ subscription, isStopped }) => [subscription, isStopped]),
    [['s', true]],
  );
});
