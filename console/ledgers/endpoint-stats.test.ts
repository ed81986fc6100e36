import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Attempt, DeliveryState } from '../../common/model/attempt.ts';
import { EndpointStats } from './endpoint-stats.ts';

const NOW = Date.UTC(2026, 0, 1);
const URL = 'http://127.0.0.1:1/webhook';

function attempt(state: DeliveryState, at: number, change: Partial<Attempt> = {}): Attempt {
  const failed = state === 'delivered' ? { status: 200 } : { status: 500, error: 'HTTP 500' };
  return {
    ...{ id: 'a', key: 'k', subscription: null, attempt: 1, state, error: null, excerpt: '' },
    ...{ eventType: null, latencyMs: 1, at, dueAt: null, topic: 't', partition: 0, offset: 0 },
    trigger: null,
    ...failed,
    ...change,
  };
}

const many = (count: number, state: DeliveryState, at = NOW) =>
  Array.from({ length: count }, () => attempt(state, at));

const rows: readonly [title: string, attempts: readonly Attempt[], state: string][] = [
  ['nothing was tried', [], 'idle'],
  ['it takes deliveries', many(3, 'delivered'), 'ok'],
  ['the first one failed', many(1, 'retrying'), 'failing'],
  ['now and then one fails', [...many(5, 'delivered'), ...many(19, 'retrying')], 'ok'],
  ['twenty in a row fail', [...many(5, 'delivered'), ...many(20, 'dead')], 'failing'],
  ['it failed before, and then took one', [...many(50, 'dead'), ...many(1, 'delivered')], 'ok'],
  ['it took some two minutes ago', many(3, 'delivered', NOW - 120_000), 'idle'],
  ['its last attempt failed two minutes ago', many(30, 'retrying', NOW - 120_000), 'idle'],
  ['it asks for rest', [...many(3, 'delivered'), ...many(1, 'throttled')], 'throttled'],
  ['it asked for rest a while ago', many(1, 'throttled', NOW - 6_000), 'ok'],
  ['a record that was never sent', [attempt('dead', NOW, { attempt: 0 })], 'idle'],
];
for (const [title, attempts, state] of rows) {
  test(`endpoint: ${title}: ${state}`, () => {
    const stats = new EndpointStats();
    for (const one of attempts) stats.apply(one);
    assert.equal(stats.status(null, URL, NOW).state, state);
  });
}

test('a failure counts as evidence until something is accepted, however long ago', () => {
  const stats = new EndpointStats();
  for (const one of many(3, 'retrying', NOW - 120_000)) stats.apply(one);
  assert.equal(stats.evidence(NOW)?.state, 'failing');
});

test('the rate is of the last minute, and the last answer is told', () => {
  const stats = new EndpointStats();
  for (let second = 0; second < 120; second += 1) {
    for (let n = 0; n < 3; n += 1) stats.apply(attempt('delivered', NOW + second * 1_000));
  }
  stats.apply(attempt('retrying', NOW + 119_500));
  assert.deepEqual(stats.status(null, URL, NOW + 119_999), {
    subscription: null,
    target: URL,
    state: 'ok',
    rate: 3,
    last_status: 500,
    last_error: 'HTTP 500',
    last_attempt_at: '2026-01-01T00:01:59.500Z',
  });
});
