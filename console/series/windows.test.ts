import assert from 'node:assert/strict';
import { test } from 'node:test';
import { toPoints, windowBounds } from './windows.ts';
import type { PeriodRow } from './windows.ts';

const NOW = Date.UTC(2026, 10, 29, 12, 0, 59, 999);
const NOTHING: PeriodRow = {
  ...{ at: 0, delivered: 0, failed: 0, dead: 0, latencies: '', waiting: null, lag_seconds: null },
};

test('the points of each window cover its span and end with the last whole period', () => {
  for (const [window, endpoint, stepMs, count, end] of [
    ['15m', null, 5_000, 180, '12:00:55'],
    ['3h', null, 60_000, 180, '12:00:00'],
    ['24h', null, 300_000, 288, '12:00:00'],
    ['72h', null, 900_000, 288, '12:00:00'],
    ['15m', 'sub_a', 60_000, 15, '12:00:00'],
  ] as const) {
    const bounds = windowBounds(window, endpoint, NOW);
    assert.deepEqual([bounds.stepMs, bounds.count], [stepMs, count], window);
    const endMs = bounds.fromMs + bounds.count * bounds.stepMs;
    assert.equal(new Date(endMs).toISOString().slice(11, 19), end, window);
  }
});

test('a point adds up its periods, and shows the most that waited in any', () => {
  const bounds = windowBounds('24h', null, NOW);
  const from = bounds.fromMs;
  const rows: PeriodRow[] = [
    { ...NOTHING, at: from, delivered: 3, failed: 1, latencies: '50:3', waiting: 7 },
    { ...NOTHING, at: from + 240_000, delivered: 1, dead: 2, latencies: '80:1', lag_seconds: 9 },
    { ...NOTHING, at: from + 300_000, waiting: 0 },
  ];
  const [first, second, third] = toPoints(rows, bounds);
  assert.deepEqual(first, {
    at: new Date(from).toISOString(),
    ...{ delivered: 4, failed: 1, dead_lettered: 2, p50_ms: 11.2, p99_ms: 195.3 },
    ...{ waiting: 7, lag_seconds: 9 },
  });
  assert.deepEqual([second?.delivered, second?.waiting, second?.p50_ms], [0, 0, null]);
  assert.equal(third?.waiting, null, 'nobody has looked');
});
