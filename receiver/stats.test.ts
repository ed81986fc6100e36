import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileRowId } from '../common/model/delivery.ts';
import { createRateMeter, createStatsCounter } from './stats.ts';

const FILE = '01ARZ3NDEKTSV4RRFFQ69G5FAV';
const OTHER_FILE = '01ARZ3NDEKTSV4RRFFQ69G5FAW';

/** Accepts the deliveries, a millisecond apart. */
function accept(deliveries: readonly [id: string | undefined, userId?: string][]) {
  const counter = createStatsCounter();
  deliveries.forEach(([id, userId], index) =>
    counter.accepted({ id, userId, atMs: 1_000 + index, steadyMs: index }),
  );
  return counter.snapshot();
}

test('nothing has been counted at the start', () => {
  assert.deepEqual(createStatsCounter().snapshot(), {
    received: 0,
    accepted: 0,
    refused: {},
    distinct: 0,
    duplicates: 0,
    orderViolations: 0,
    badSignatures: 0,
    firstAt: null,
    lastAt: null,
    ratePerSecondMax: 0,
  });
});

test('an id that comes again is a duplicate each time; one without an id is neither', () => {
  const stats = accept([['a'], ['b'], ['a'], ['a'], [undefined]]);
  assert.equal(stats.accepted, 5);
  assert.equal(stats.distinct, 2);
  assert.equal(stats.duplicates, 2);
  assert.equal(stats.firstAt, 1_000);
  assert.equal(stats.lastAt, 1_004);
});

const row = (number: number, user: string, file = FILE): [string, string] => [
  fileRowId(file, number),
  user,
];
const orders: readonly [title: string, [string | undefined, string?][], violations: number][] = [
  ['rising rows of one user are in order', [row(1, 'u'), row(5, 'u'), row(6, 'u')], 0],
  ['a row below an earlier one is a violation', [row(5, 'u'), row(4, 'u'), row(6, 'u')], 1],
  ['each row below the highest counts', [row(5, 'u'), row(3, 'u'), row(4, 'u')], 2],
  ['the same row again is a duplicate, in order', [row(5, 'u'), row(5, 'u')], 0],
  ['users have orders of their own', [row(5, 'u'), row(4, 'v')], 0],
  ['files have orders of their own', [row(5, 'u'), row(4, 'u', OTHER_FILE)], 0],
  [
    'ids of no file have no order',
    [
      ['b', 'u'],
      ['a', 'u'],
    ],
    0,
  ],
  ['a row without a user has no order', [[fileRowId(FILE, 2)], [fileRowId(FILE, 1)]], 0],
];
for (const [title, deliveries, violations] of orders) {
  test(title, () => assert.equal(accept(deliveries).orderViolations, violations));
}

test('refusals are counted by status', () => {
  const counter = createStatsCounter();
  for (const status of [429, 500, 429]) counter.refused(status);
  assert.deepEqual(counter.snapshot().refused, { 429: 2, 500: 1 });
});

const rates: readonly [title: string, timesMs: number[], max: number][] = [
  ['two that are a second apart are in no second together', [0, 1_000], 1],
  ['two that are less than a second apart are', [0, 999.9], 2],
  ['the second slides', [0, 600, 700, 800, 1_100, 1_200, 5_000], 5],
  ['a long pause empties the second', [0, 0, 0, 100_000, 100_001], 3],
  ['one that comes a little out of turn counts where it belongs', [0, 1_010, 995], 2],
];
for (const [title, timesMs, max] of rates) {
  test(`rate: ${title}`, () => {
    const meter = createRateMeter();
    for (const ms of timesMs) meter.count(ms);
    assert.equal(meter.max(), max);
  });
}
