import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createRegistry } from '../common/process/metrics.ts';
import { EndpointCounts, addEndpointMetrics } from './endpoint-metrics.ts';

test('the first endpoints have series of their own, and all further ones share one', () => {
  const counts = new EndpointCounts(2);
  for (const endpoint of ['a', 'b', 'c', 'd', 'a']) counts.attempted(endpoint, 'delivered', 0.5);
  counts.attempted('d', 'dead', 2);
  assert.deepEqual(counts.attempts(), [
    [{ endpoint: 'a', outcome: 'delivered' }, 2],
    [{ endpoint: 'b', outcome: 'delivered' }, 1],
    [{ endpoint: 'other', outcome: 'delivered' }, 2],
    [{ endpoint: 'other', outcome: 'dead' }, 1],
  ]);
  assert.deepEqual(counts.seconds(), [
    [{ endpoint: 'a' }, 1],
    [{ endpoint: 'b' }, 0.5],
    [{ endpoint: 'other' }, 3],
  ]);
});

test('an endpoint that a person has stopped has a state of its own', async () => {
  const registry = createRegistry('test');
  const report = {
    ratePerSecond: null,
    restingUntil: null,
    restingReason: null,
    inFlight: 0,
    waiting: 0,
  } as const;
  addEndpointMetrics(registry, 9, () => [
    { subscription: 'sub_1', state: 'disabled', isStopped: true, ...report },
    { subscription: 'sub_2', state: 'disabled', ...report },
  ]);
  const lines = (await registry.metrics()).split('\n');
  assert.deepEqual(
    lines.filter((line) => line.startsWith('hookline_endpoint_state{')),
    [
      'hookline_endpoint_state{endpoint="sub_1",state="stopped"} 1',
      'hookline_endpoint_state{endpoint="sub_2",state="disabled"} 1',
    ],
  );
});

test('no more endpoints than the setting says are shown', async () => {
  const registry = createRegistry('test');
  const report = {
    ratePerSecond: null,
    restingUntil: null,
    restingReason: null,
    inFlight: 0,
    waiting: 7,
  } as const;
  addEndpointMetrics(registry, 1, () => [
    { subscription: null, state: 'paused', ...report },
    { subscription: 'sub_1', state: 'open', ...report },
  ]);
  const lines = (await registry.metrics()).split('\n');
  const shown = (name: string) => lines.filter((line) => line.startsWith(`${name}{`));
  assert.deepEqual(shown('hookline_endpoint_state'), [
    'hookline_endpoint_state{endpoint="default",state="paused"} 1',
  ]);
  assert.deepEqual(shown('hookline_endpoint_waiting'), [
    'hookline_endpoint_waiting{endpoint="default"} 7',
  ]);
});
