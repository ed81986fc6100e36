import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import {
  coveredCount,
  covers,
  firstMissing,
  parseRanges,
  withinLog,
  withOffsets,
} from './offset-ranges.ts';
import type { OffsetRanges } from './offset-ranges.ts';

const added: readonly [title: string, OffsetRanges, number[], OffsetRanges][] = [
  ['the first offset', [], [5], [[5, 6]]],
  ['neighbours become one range', [], [5, 6, 7], [[5, 8]]],
  ['a gap stays', [], [5, 7], [[5, 6], [7, 8]]], // prettier-ignore
  ['after a range', [[0, 5]], [5], [[0, 6]]],
  ['before a range', [[6, 9]], [5], [[5, 9]]],
  ['between two, which then are one', [[0, 5], [6, 9]], [5], [[0, 9]]], // prettier-ignore
  ['nothing', [[0, 5]], [], [[0, 5]]],
  ['on both sides', [[4, 5]], [2, 9], [[2, 3], [4, 5], [9, 10]]], // prettier-ignore
];
for (const [title, ranges, offsets, expected] of added) {
  test(`added: ${title}`, () => assert.deepEqual(withOffsets(ranges, offsets), expected));
}

test('whatever is added, exactly that is covered, and the text gives the same ranges', () => {
  const offset = fc.integer({ min: 0, max: 60 });
  fc.assert(
    fc.property(fc.array(fc.uniqueArray(offset), { maxLength: 5 }), (rounds) => {
      const all = new Set<number>();
      let ranges: OffsetRanges = [];
      for (const round of rounds) {
        const fresh = round.filter((one) => !all.has(one)).sort((a, b) => a - b);
        ranges = withOffsets(ranges, fresh);
        for (const one of fresh) all.add(one);
      }
      for (let one = 0; one <= 61; one += 1) assert.equal(covers(ranges, one), all.has(one));
      assert.equal(coveredCount(ranges, 0), all.size);
      assert.deepEqual(parseRanges(JSON.stringify(ranges)), ranges);
    }),
  );
});

test('the first missing offset lies after the range that holds the start of the log', () => {
  const ranges: OffsetRanges = [
    [0, 4],
    [6, 8],
  ];
  assert.deepEqual(
    [0, 3, 4, 6, 9].map((low) => firstMissing(ranges, low)),
    [4, 4, 4, 8, 9],
  );
  assert.equal(coveredCount(ranges, 3), 3);
});

test('ranges beyond the end of the log belong to one that was deleted', () => {
  assert.deepEqual(withinLog([[0, 4]], 4), [[0, 4]]);
  assert.deepEqual(withinLog([[0, 4]], 3), []);
  assert.deepEqual(withinLog([], 0), []);
});

for (const text of ['', '{}', '[[1]]', '[[2,2]]', '[[0,4],[4,6]]', '[[5,6],[1,2]]', '[[-1,3]]']) {
  test(`not understood: ${text}`, () => assert.equal(parseRanges(text), null));
}
