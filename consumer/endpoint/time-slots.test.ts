import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { assignSticky } from '../../common/kafka/consume/assign.ts';
import { WHOLE, fleetShare, nextSlot, slotAt, slotStartMs, usesTimeSlots } from './time-slots.ts';

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

test('however partitions are assigned, each slot is that of one member, and none is left out', () => {
  const anyTurn = fc.nat({ max: 10 ** 11 });
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 40 }), anyTurn, (all, of, from) => {
      const until = from + 3 * of;
      const taken = [...assignSticky(all, of).values()].flatMap((partitions) => {
        const slots: number[] = [];
        if (partitions.length === 0) return slots;
        const mine = { ratePerSecond: 1, share: { partitions, of } };
        for (let slot = nextSlot(mine, from); slot <= until; slot = nextSlot(mine, slot)) {
          slots.push(slot);
        }
        return slots;
      });
      const each = Array.from({ length: 3 * of }, (_, index) => from + 1 + index);
      assert.deepEqual(
        taken.sort((a, b) => a - b),
        each,
      );
    }),
  );
});

test('slots lie as far apart as the rate asks, and the clock says which is the present one', () => {
  fc.assert(
    fc.property(rate, fc.nat({ max: 2 ** 41 }), (ratePerSecond, nowMs) => {
      const slots = { ratePerSecond, share: { partitions: [0], of: 1 } };
      const slot = slotAt(slots, nowMs);
      const next = slotStartMs(slots, nextSlot(slots, slot));
      assert.ok(slotStartMs(slots, slot) <= nowMs + 0.01 && nowMs <= next + 0.01);
      assert.ok(Math.abs(next - slotStartMs(slots, slot) - 1_000 / ratePerSecond) < 0.01);
    }),
  );
});

test('slots are used up to one a grant, and a share of the whole has each of them', () => {
  assert.deepEqual([0.01, 50, 50.01, 1_000].map(usesTimeSlots), [true, true, false, false]);
  assert.equal(fleetShare(WHOLE), 1);
  assert.equal(nextSlot({ ratePerSecond: 1, share: WHOLE }, 7), 8);
  const second = { ratePerSecond: 1, share: { partitions: [1], of: 3 } };
  assert.deepEqual(
    [4, 6, 7].map((after) => nextSlot(second, after)),
    [7, 7, 10],
  );
});
