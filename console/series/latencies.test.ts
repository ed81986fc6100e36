import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import {
  addLatencies,
  addLatency,
  formatLatencies,
  parseLatencies,
  percentile,
} from './latencies.ts';
import type { Latencies } from './latencies.ts';

function counted(all: readonly number[]): Latencies {
  const latencies: Latencies = new Map();
  for (const ms of all) addLatency(latencies, ms);
  return latencies;
}

const someMs = fc.array(fc.double({ min: 0.2, max: 3_000_000, noNaN: true }), { minLength: 1 });

test('a percentile is right to 5 %, also after periods were added and kept as text', () => {
  fc.assert(
    fc.property(someMs, someMs, fc.constantFrom(0.5, 0.99), (first, second, share) => {
      const latencies = parseLatencies(formatLatencies(counted(first)));
      addLatencies(latencies, counted(second));
      const sorted = [...first, ...second].sort((a, b) => a - b);
      const exact = sorted[Math.ceil(sorted.length * share) - 1] as number;
      const found = percentile(latencies, share) as number;
      // Half of a tenth is lost to rounding.
      assert.ok(Math.abs(found - exact) <= exact * 0.05 + 0.05, `${found} for ${exact}`);
    }),
  );
});

test('no latency has no percentile, and odd ones have a bucket all the same', () => {
  assert.equal(percentile(new Map(), 0.5), null);
  assert.equal(percentile(parseLatencies(''), 0.99), null);
  const odd = counted([0, -1, NaN, 1e12]);
  assert.equal(percentile(odd, 0.5), 0.1);
  assert.ok((percentile(odd, 1) ?? 0) > 3_000_000);
});
