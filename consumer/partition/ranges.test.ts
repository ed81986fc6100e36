import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OffsetRange } from '../../common/kafka/positions/offset-map.ts';
import fc from '../../test/support/property.ts';
import { progress, union, without } from './ranges.ts';

const END = 60;
const offsets = fc.uniqueArray(fc.integer({ min: 0, max: END - 1 }), { maxLength: 30 });
const sorted = (all: Iterable<number>) => [...all].sort((a, b) => a - b);
const members = (ranges: readonly OffsetRange[]) =>
  ranges.flatMap(({ start, end }) => Array.from({ length: end - start }, (_, n) => start + n));
const rangesOf = (all: readonly number[]) =>
  union(
    all.map((start) => ({ start, end: start + 1 })),
    [],
  );

test('ranges are those of their offsets, apart from one another', () => {
  fc.assert(
    fc.property(offsets, offsets, (one, other) => {
      const both = union(rangesOf(one), rangesOf(other));
      assert.deepEqual(members(both), sorted(new Set([...one, ...other])));
      both.slice(1).forEach(({ start }, n) => assert.ok(start > (both[n]?.end ?? 0)));
      const rest = without(both, sorted(other));
      assert.deepEqual(members(rest), sorted(one.filter((offset) => !other.includes(offset))));
    }),
  );
});

test('an endpoint stands before the first that is open, and knows what is finished beyond', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: END }), offsets, offsets, (point, beyond, some) => {
      const done = beyond.filter((offset) => offset >= point);
      const open = sorted(some.filter((offset) => offset < point || done.includes(offset)));
      const found = progress(point, rangesOf(done), open);
      const isDone = (offset: number) =>
        !open.includes(offset) && (offset < point || done.includes(offset));
      for (let offset = 0; offset < END; offset += 1) {
        const isKnown = offset < found.offset || members(found.done).includes(offset);
        assert.equal(isKnown, isDone(offset), `offset ${offset}`);
      }
      assert.ok(found.done.every(({ start }) => start > found.offset));
    }),
  );
});
