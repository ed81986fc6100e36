import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { nextStep } from './next-step.ts';
import type { Outcome } from '../../common/send/outcome.ts';
import type { Step } from './next-step.ts';

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
  [
    'a proxy of ours that fails uses up no attempt',
    { kind: 'unreachable', error: 'proxy' },
    3,
    { kind: 'throttle' },
  ],
  [
    'nor does a token server that gives no token',
    { kind: 'unreachable', error: 'token-server' },
    3,
    { kind: 'throttle' },
  ],
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
    'an address that may not be reached is final at once',
    { kind: 'unreachable', error: 'target-forbidden' },
    1,
    { kind: 'dead-letter', why: 'target-forbidden' },
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
const now = { isSubscription: false, schedule, random01: 0 };
for (const [title, outcome, attempt, expected] of rows) {
  test(title, () => {
    assert.deepEqual(nextStep(outcome, { ...now, attempt }), expected);
  });
}

test('410 disables a subscription; the default endpoint has none to disable', () => {
  const subscribed = { ...now, isSubscription: true, attempt: 1 };
  assert.deepEqual(nextStep(refused(410), subscribed), { kind: 'disable' });
  assert.deepEqual(nextStep(refused(410), { ...now, attempt: 1 }), retry(2, 1_000));
  assert.deepEqual(nextStep(refused(404), subscribed), retry(2, 1_000));
});

test('whatever comes, an attempt ends in one of the steps and the waits follow the schedule', () => {
  const outcomes = fc.oneof(
    fc.record({
      kind: fc.constant('accepted' as const),
      status: fc.integer({ min: 200, max: 299 }),
    }),
    fc.record({
      kind: fc.constant('refused' as const),
      status: fc.integer({ min: 100, max: 599 }),
      retryAfterMs: fc.option(fc.nat()),
    }),
    fc.record({ kind: fc.constant('unreachable' as const), error: fc.constant('dns' as const) }),
  );
  const situation = fc.record({
    attempt: fc.integer({ min: 1, max: 30 }),
    isSubscription: fc.boolean(),
    schedule: fc.array(fc.integer({ min: 1, max: 86_400_000 }), { maxLength: 20 }),
    random01: fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
  });
  fc.assert(
    fc.property(outcomes, situation, (outcome, at) => {
      const step = nextStep(outcome, at);
      assert.equal(step.kind === 'done', outcome.kind === 'accepted');
      if (step.kind === 'dead-letter') assert.ok(at.attempt > at.schedule.length);
      if (step.kind !== 'retry') return;
      assert.equal(step.attempt, at.attempt + 1);
      assert.equal(step.delayMs, at.schedule[at.attempt - 1]);
      assert.ok(step.waitMs >= step.delayMs && step.waitMs <= step.delayMs * 1.1 + 1);
    }),
  );
});

test('jitter only lengthens a wait, by at most a tenth', () => {
  const step = nextStep(refused(500), { ...now, attempt: 1, random01: 0.999 });
  assert.equal(step.kind, 'retry');
  assert.ok(step.kind === 'retry' && step.waitMs > 1_000 && step.waitMs <= 1_100);
});
