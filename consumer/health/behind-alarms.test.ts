import assert from 'node:assert/strict';
import { test } from 'node:test';
import { behindAlarms } from './behind-alarms.ts';
import type { Behind } from './behind-alarms.ts';

const HOUR_MS = 3_600_000;
const NOW_MS = 1_000 * HOUR_MS;
const behind = (endpoint: string, hours: number, given: Partial<Behind> = {}): Behind => ({
  ...{ endpoint, left: 10, sinceMs: NOW_MS - hours * HOUR_MS },
  ...{ isDisabled: false, restingReason: null, retentionMs: 100 * HOUR_MS, ...given },
});
const details = (all: readonly Behind[]) =>
  behindAlarms(all, NOW_MS).map(({ kind, detail }) => `${kind} ${detail}`);

test('who is behind by more than an hour is named, with what waits in all partitions', () => {
  const all = [behind('sub_a', 2), behind('sub_a', 3), behind('sub_b', 0.5), behind('sub_c', 1.1)];
  assert.deepEqual(details(all), [
    'endpoint-behind sub_a (20), sub_c (10): what waits for them is older than an hour',
  ]);
});

test('what an endpoint is reached through is named where it fails', () => {
  const all = [behind('sub_a', 2, { restingReason: 'token-server' }), behind('sub_b', 2)];
  assert.match(String(details(all)), / sub_a \(10; its token server fails\), sub_b \(10\):/);
});

test('a disabled one is behind on purpose, until the log is about to delete what waits', () => {
  assert.deepEqual(details([behind('sub_a', 79, { isDisabled: true })]), []);
  assert.match(
    String(details([behind('sub_a', 81, { isDisabled: true })])),
    /^retention-near sub_a/,
  );
  assert.deepEqual(details([behind('sub_a', 81, { isDisabled: true, retentionMs: null })]), []);
});

for (const [what, given] of [
  ['whose age is not known', { sinceMs: 0 }],
  ['with nothing left', { left: 0 }],
] as const) {
  test(`one ${what} raises nothing`, () => {
    assert.deepEqual(details([behind('sub_a', 99, given)]), []);
  });
}
