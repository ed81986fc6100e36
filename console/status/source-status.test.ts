import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { SourceState } from '../../common/sources/sources.ts';
import { SourceRates, sourceStatus } from './source-status.ts';

const lagOf = (topic: string, committed: number) => {
  return { topic, end: 90, committed, lag: 90 - committed, lagSeconds: 4 };
};

test('a source has the lag and the rate of its topic, and the state in which it is', () => {
  const rates = new SourceRates();
  const lifeOf = (topic: string) => (topic === 'orders' ? 'first' : null);
  const of = () => rates.of('orders');
  const states: Record<string, SourceState> = { orders: 'reading', gone: 'missing' };
  const source = {
    userId: { kind: 'key' },
    eventType: { kind: 'key' },
    isForDefault: false,
  } as const;
  const sources = {
    all: () =>
      Object.keys(states).map((topic) => ({ topic, ...source, tombstones: 'skip' as const })),
    stateOf: (topic: string) => states[topic] ?? 'starting',
  };
  rates.take([lagOf('orders', 0), lagOf('w.deliveries', 5)], lifeOf, 0);
  assert.equal(of(), null);
  rates.take([lagOf('orders', 50)], lifeOf, 20_000);
  assert.equal(of(), 2.5);
  // Samples older than a minute do not count, and a reset is no negative rate.
  rates.take([lagOf('orders', 40)], lifeOf, 70_000);
  assert.equal(of(), 0);
  assert.equal(rates.of('w.deliveries'), null);
  assert.deepEqual(sourceStatus(sources, [lagOf('orders', 40)], rates), [
    { topic: 'orders', state: 'reading', lag: 50, lag_seconds: 4, rate: 0 },
    { topic: 'gone', state: 'missing', lag: null, lag_seconds: null, rate: null },
  ]);
  // The group commits elsewhere as the source is another one: that is no rate.
  rates.take([lagOf('orders', 80)], () => 'second', 75_000);
  assert.equal(of(), null);
});
