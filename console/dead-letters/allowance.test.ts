import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { EndpointEvidence } from '../ledgers/endpoint-stats.ts';
import { PROBES, allowance } from './allowance.ts';

const NOW = { nowMs: 100_000, freshMs: 60_000 };
const ok: EndpointEvidence = { state: 'ok', lastState: 'delivered', lastAttemptAtMs: 99_000 };

const rows: readonly [title: string, evidence: EndpointEvidence | null, expected: number][] = [
  ['one that delivers gets all', ok, Infinity],
  ['now and then a failure is no trouble', { ...ok, lastState: 'retrying' }, Infinity],
  ['an idle one that delivered last gets all', { ...ok, state: 'idle' }, Infinity],
  ['of an unknown one a few find out', null, PROBES],
  ['a throttled one gets none', { ...ok, state: 'throttled' }, 0],
  [
    'one whose last answer was 429 gets none, however long ago',
    { state: 'ok', lastState: 'throttled', lastAttemptAtMs: 0 },
    0,
  ],
  ['a failing one gets none', { ...ok, state: 'failing', lastState: 'dead' }, 0],
  [
    'left alone until then, a failing one gets a few',
    { state: 'failing', lastState: 'dead', lastAttemptAtMs: 40_000 },
    PROBES,
  ],
  [
    'a moment earlier it gets none',
    { state: 'failing', lastState: 'dead', lastAttemptAtMs: 40_001 },
    0,
  ],
];
for (const [title, evidence, expected] of rows) {
  test(title, () => assert.equal(allowance(evidence, NOW), expected));
}
