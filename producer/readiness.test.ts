import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyNotReady } from './readiness.ts';

const NOW_MS = 1_000_000;
const cases: readonly [
  title: string,
  brokerSeenAtMs: number | null,
  stuckMs: number,
  reason: RegExp | null,
][] = [
  ['the broker has just answered', NOW_MS - 1_000, 0, null],
  ['the broker has not answered yet', null, 0, /Kafka does not answer/],
  ['the broker answered 10 s ago', NOW_MS - 10_000, 0, null],
  ['the broker is silent', NOW_MS - 10_001, 0, /Kafka does not answer/],
  ['a transaction takes long', NOW_MS, 120_000, null],
  ['a transaction does not end', NOW_MS, 121_000, /no progress on a file for 121 s/],
];
for (const [title, brokerSeenAtMs, stuckMs, reason] of cases) {
  test(`ready? ${title}`, () => {
    const why = whyNotReady({ brokerSeenAtMs, stuckMs }, NOW_MS);
    if (reason === null) assert.equal(why, null);
    else assert.match(why ?? '', reason);
  });
}
