import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { assignSticky } from './assign.ts';
import type { Member } from './assign.ts';

const memberIds = fc.uniqueArray(fc.string({ minLength: 1, maxLength: 5 }), {
  minLength: 1,
  maxLength: 8,
});
const partitionCounts = fc.integer({ min: 1, max: 40 });
const claims = fc.array(fc.integer({ min: 0, max: 60 }), { maxLength: 30 });

const groups = memberIds.chain((ids) =>
  fc.tuple(...ids.map((memberId) => claims.map((owned): Member => ({ memberId, owned })))),
);

test('every partition has exactly one owner and counts differ by at most one', () => {
  fc.assert(
    fc.property(groups, partitionCounts, (members, count) => {
      const shares = [...assignSticky(members, count).values()];
      const all = shares.flat().sort((a, b) => a - b);
      assert.deepEqual(
        all,
        Array.from({ length: count }, (_, n) => n),
      );
      const sizes = shares.map((share) => share.length);
      assert.ok(Math.max(...sizes) - Math.min(...sizes) <= 1, `sizes ${sizes.join()}`);
    }),
  );
});

test('a second assignment of the same members moves nothing', () => {
  fc.assert(
    fc.property(groups, partitionCounts, (members, count) => {
      const first = assignSticky(members, count);
      const again = assignSticky(
        members.map(({ memberId }) => ({ memberId, owned: first.get(memberId) ?? [] })),
        count,
      );
      assert.deepEqual(again, first);
    }),
  );
});

test('a member that joins takes only what is its share; the others keep the rest', () => {
  const before = assignSticky(
    [
      { memberId: 'a', owned: [] },
      { memberId: 'b', owned: [] },
    ],
    12,
  );
  const after = assignSticky(
    [
      { memberId: 'a', owned: before.get('a') ?? [] },
      { memberId: 'b', owned: before.get('b') ?? [] },
      { memberId: 'c', owned: [] },
    ],
    12,
  );
  for (const memberId of ['a', 'b']) {
    const kept = after.get(memberId)?.filter((n) => before.get(memberId)?.includes(n));
    assert.equal(kept?.length, 4, `${memberId} keeps four of its six`);
  }
});

test('the order in which members are listed does not matter', () => {
  const members: Member[] = ['c', 'a', 'b'].map((memberId) => ({ memberId, owned: [1, 2] }));
  assert.deepEqual(assignSticky(members, 7), assignSticky(members.toReversed(), 7));
});
