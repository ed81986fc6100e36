import assert from 'node:assert/strict';
import { test } from 'node:test';
import { BYTES_TOTAL } from '../partition/flow-control.ts';
import { bytesFor, causesOf } from './detach-policy.ts';

const FULL_MS = 1_000;
/** So many endpoints with as many records each, and one that has few. */
const counts = (endpoints: number, each: number) =>
  new Map([
    ['quick', 1],
    ...Array.from({ length: endpoints }, (_, n): [string, number] => [`slow-${n}`, each]),
  ]);

test('the endpoint that fills a partition is the cause, once that lasts', () => {
  const one = new Map([...counts(10, 50), ['full', 3_000]]);
  assert.deepEqual(causesOf(FULL_MS, one, false), ['full']);
  assert.deepEqual(causesOf(FULL_MS - 1, one, true), []);
  assert.deepEqual(causesOf(FULL_MS, new Map(), true), []);
});

test('of many alike, as many make room as fill half, unless all wait for places', () => {
  for (const endpoints of [5, 10, 1_000]) {
    const causes = causesOf(FULL_MS, counts(endpoints, 4_000 / endpoints), true);
    assert.ok(!causes.includes('quick'));
    assert.equal(causes.length, Math.floor(endpoints / 2) + 1);
    assert.deepEqual(causesOf(FULL_MS, counts(endpoints, 4_000 / endpoints), false), []);
  }
});

test('backlogs have at most half of the memory, so that those who keep up have the other half', () => {
  for (const backlogs of [1, 8, 16, 1_000]) {
    assert.ok(bytesFor(backlogs) * backlogs <= BYTES_TOTAL / 2, `${backlogs} backlogs`);
  }
});
