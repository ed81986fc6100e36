import assert from 'node:assert/strict';
import { test } from 'node:test';
import { nextStep } from './next-step.ts';
import type { Outcome, Step } from './next-step.ts';

const schedule = [1_000, 2_000];
const refused = (status: number, retryAfterMs: number | null = null): Outcome => ({
  kind: 'refused',
  status,
  retryAfterMs,
});
const retry = (attempt: number, delayMs: number): Step => ({
  kind: 'retry',
  attempt,
  delayMs,
  waitMs: delayMs,
});

const rows: readonly [title: string, outcome: Outcome, attempt: number, expected: Step][] = [
  ['2xx is done', { kind: 'accepted', status: 204 }, 1, { kind: 'done' }],
  ['429 uses up no attempt', refused(429), 1, { kind: 'throttle' }],
  ['429 uses up no attempt later, either', refused(429, 3_000), 3, { kind: 'throttle' }],
  ['503 with Retry-After rests', refused(503, 500), 3, { kind: 'throttle' }],
  ['503 without it is a failure', refused(503), 1, retry(2, 1_000)],
  ['500 with Retry-After is a failure', refused(500, 9_000), 1, retry(2, 1_000)],
  ['a redirect is a failure', refused(302), 1, retry(2, 1_000)],
  [
    'no answer waits by the schedule',
    { kind: 'unreachable', error: 'timeout' },
    2,
    retry(3, 2_000),
  ],
  [
    'the last attempt is final',
    refused(500),
    3,
    { kind: 'dead-letter', why: 'attempts-exhausted' },
  ],
  [
    'an attempt beyond a shortened schedule is final',
    refused(500),
    7,
    { kind: 'dead-letter', why: 'attempts-exhausted' },
  ],
];
for (const [title, outcome, attempt, expected] of rows) {
  test(title, () => {
    assert.deepEqual(nextStep(outcome, { attempt, schedule, random01: 0 }), expected);
  });
}

test('jitter only lengthens a wait, by at most a tenth', () => {
  const step = nextStep(refused(500), { attempt: 1, schedule, random01: 0.999 });
  assert.equal(step.kind, 'retry');
  assert.ok(step.kind === 'retry' && step.waitMs > 1_000 && step.waitMs <= 1_100);
});
