import assert from 'node:assert/strict';
import { test } from 'node:test';
import { endpointCap } from './bulkhead.ts';

for (const [what, given, places] of [
  ['with nobody else has every place', [64, false, 1, false], 64],
  [
    'that does not answer leaves a quarter, though nobody else has anything',
    [64, true, 1, false],
    48,
  ],
  ['that answers at once leaves a little', [64, true, 1, true], 62],
  ['that answers at once leaves one of a few', [4, true, 1, true], 3],
  ['beside one that has something gets half', [64, true, 2, true], 32],
  ['among many gets a quarter', [64, true, 100, true], 16],
  ['has one place at least', [1, true, 100, false], 1],
] as const) {
  const [concurrency, hasNeighbours, active, isPrompt] = given;
  test(`an endpoint ${what}`, () => {
    assert.equal(endpointCap(concurrency, hasNeighbours, active, isPrompt), places);
  });
}
