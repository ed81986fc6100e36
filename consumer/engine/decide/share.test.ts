import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from 'fast-check';
import { assignSticky } from '../../../common/kafka/decide/assign.ts';
import { fleetShare } from './share.ts';

test('however partitions are assigned, the members together have the limit and no more', () => {
  const member = fc.record({ memberId: fc.uuid(), owned: fc.array(fc.nat({ max: 40 })) });
  const members = fc.uniqueArray(member, { minLength: 1, selector: (one) => one.memberId });
  const limit = fc.double({ min: 0.01, max: 1e6, noNaN: true });
  fc.assert(
    fc.property(members, fc.integer({ min: 1, max: 40 }), limit, (all, partitions, perSecond) => {
      const assignment = [...assignSticky(all, partitions).values()];
      const rates = assignment.map((owned) => perSecond * fleetShare(owned.length, partitions));
      const sum = rates.reduce((total, rate) => total + rate, 0);
      assert.ok(Math.abs(sum - perSecond) <= perSecond * 1e-9, `${sum} of ${perSecond}`);
    }),
  );
});
