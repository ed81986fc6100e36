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
