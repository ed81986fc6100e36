import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { assignSticky } from '../../common/kafka/consume/assign.ts';
import { fleetShare, nextTurn, turnAt, turnStartMs } from './time-slots.ts';

const rate = fc.double({ min: 0.01, max: 50, noNaN: true });
const member = fc.record({ memberId: fc.uuid(), owned: fc.array(fc.nat({ max: 40 })) });
const members = fc.uniqueArray(member, { minLength: 1, selector: (one) => one.memberId });

test('however partitions are assigned, the members together have the limit and no more', () => {
  const limit = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 40 }), limit, (all, of, perSecond) => {
      const assignment = [...assignSticky(all, of).values()];
      const rates = assignment.map((partitions) => perSecond * fleetShare({ partitions, of }));
      const sum = rates.reduce((total, rate) => total + rate, 0);
      assert.ok(Math.abs(sum - perSecond) <= perSecond * 1e-9, `${sum} of ${perSecond}`);
    }),
  );
});

test('however partitions are assigned, each turn is that of one member, and none is left out', () => {
  const anyTurn = fc.nat({ max: 10 ** 11 });
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 40 }), anyTurn, (all, of, from) => {
      const until = from + 3 * of;
      const taken = [...assignSticky(all, of).values()].flatMap((partitions) => {
        const turns: number[] = [];
        if (partitions.length === 0) return turns;
        const mine = { ratePerSecond: 1, share: { partitions, of } };
        for (let turn = nextTurn(mine, from); turn <= until; turn = nextTurn(mine, turn)) {
          turns.push(turn);
        }
        return turns;
      });
      const each = Array.from({ length: 3 * of }, (_, index) => from + 1 + index);
      assert.deepEqual(
        taken.sort((a, b) => a - b),
        each,
      );
    }),
  );
});

test('turns lie as far apart as the rate asks, and the clock says which is on', () => {
  fc.assert(
    fc.property(rate, fc.nat({ max: 2 ** 41 }), (ratePerSecond, nowMs) => {
      const turns = { ratePerSecond, share: { partitions: [0], of: 1 } };
      const turn = turnAt(turns, nowMs);
      const next = turnStartMs(turns, nextTurn(turns, turn));
      assert.ok(turnStartMs(turns, turn) <= nowMs + 0.01 && nowMs <= next + 0.01);
      assert.ok(Math.abs(next - turnStartMs(turns, turn) - 1_000 / ratePerSecond) < 0.01);
    }),
  );
});
