import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { GRANT_MS, GrantBudget, intervalMs } from './grant-budget.ts';

const rate = fc.double({ min: 0.1, max: 20_000, noNaN: true });
/** Timers that are in time, late, or very late, and grants of which not all was used. */
const step = fc.record({
  lateMs: fc.oneof(fc.double({ min: 0, max: 3, noNaN: true }), fc.nat({ max: 400 })),
  unusedPart: fc.oneof(fc.constant(0), fc.double({ min: 0, max: 1, noNaN: true })),
});

test('however late its timers are, no second holds more than the limit and one grant', () => {
  fc.assert(
    fc.property(rate, fc.array(step, { maxLength: 200 }), (ratePerSecond, steps) => {
      const budget = new GrantBudget(0);
      const sent: { atMs: number; count: number }[] = [];
      let nowMs = 0;
      let unused = 0;
      for (const { lateMs, unusedPart } of steps) {
        nowMs += intervalMs(ratePerSecond) + lateMs;
        const count = budget.grant(nowMs, ratePerSecond, unused);
        unused = Math.floor(count * unusedPart);
        sent.push({ atMs: nowMs, count: count - unused });
      }
      const most = ratePerSecond + Math.max(1, (ratePerSecond * GRANT_MS) / 1_000);
      for (const { atMs: from } of sent) {
        const window = sent.filter(({ atMs }) => atMs >= from && atMs < from + 1_000);
        const sum = window.reduce((total, { count }) => total + count, 0);
        assert.ok(sum <= most, `${sum} in a second, ${most} allowed`);
      }
    }),
  );
});

test('timers that are late by less than the catch-up cost nothing of the rate', () => {
  const late = fc.array(fc.nat({ max: 60 }), { minLength: 400, maxLength: 400 });
  fc.assert(
    fc.property(fc.double({ min: 100, max: 20_000, noNaN: true }), late, (ratePerSecond, lates) => {
      const budget = new GrantBudget(0);
      let nowMs = 0;
      let sum = 0;
      for (const lateMs of lates) {
        nowMs += intervalMs(ratePerSecond) + lateMs;
        sum += budget.grant(nowMs, ratePerSecond, 0);
      }
      const due = (ratePerSecond * nowMs) / 1_000;
      assert.ok(sum > due * 0.97 - 2, `${sum} of ${due}`);
    }),
  );
});

/** Grants each 20 ms at 1,000 a second, after a first one that came late. */
function afterLate(lateMs: number, grants: number): number[] {
  const budget = new GrantBudget(0);
  return Array.from({ length: grants }, (_, n) => budget.grant(lateMs + n * GRANT_MS, 1_000, 0));
}

test('a grant is the time that has passed, at a low rate one delivery', () => {
  assert.deepEqual([1_000, 50, 10, 0.5].map(intervalMs), [GRANT_MS, GRANT_MS, 100, 2_000]);
  assert.deepEqual(afterLate(GRANT_MS, 3), [20, 20, 20]);
  const slow = new GrantBudget(0);
  const every70 = [70, 140, 210, 280].map((nowMs) => slow.grant(nowMs, 10, 0));
  assert.deepEqual(every70, [0, 1, 1, 0], 'parts of a delivery add up');
});

test('time lost is made up for, a tenth of a second at most, and within the limit of a second', () => {
  const [first, ...grants] = afterLate(400, 51);
  assert.equal(first, 101);
  const sum = (counts: readonly number[]) => counts.reduce((total, count) => total + count, 0);
  assert.equal(101 + sum(grants.slice(0, 49)), 1_020, 'the limit and one grant');
  assert.deepEqual(grants.slice(0, 45), Array(45).fill(20));
  assert.ok(sum(grants.slice(45, 49)) < 80, 'the last of the second pay for it');
  assert.ok((grants[49] ?? 0) > 0, 'the first one is over a second ago by then');
});

test('sends that were not made are granted again, and do not count', () => {
  const budget = new GrantBudget(0);
  assert.equal(budget.grant(20, 1_000, 0), 20);
  assert.equal(budget.grant(40, 1_000, 15), 35);
  assert.equal(budget.grant(60, 1_000, 35), 55);
  // Nothing but 5 was sent: a late grant has all the room of the second.
  assert.equal(budget.grant(160, 1_000, 55), 101);
});

test('idle time earns one grant, and a pause between two sends is no idle time', () => {
  const granted = (lastUsedMs: number) => {
    const budget = new GrantBudget(0);
    budget.wanted(1_000, 500, lastUsedMs);
    return budget.grant(1_000, 500, 0);
  };
  assert.equal(granted(979), 10);
  assert.equal(granted(980), 51);
  const used = new GrantBudget(0);
  used.grant(995, 500, 0);
  used.wanted(1_000, 500, 0);
  assert.equal(used.grant(1_000, 500, 0), 2, 'what was granted already is not earned twice');
});
