import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../../test/support/property.ts';
import { METADATA_CHARS_MAX, decodeOffsetMap, encodeOffsetMap } from './offset-map.ts';
import type { OffsetRange } from './offset-map.ts';

/** Gap and run lengths become ascending ranges that do not touch and begin after the base. */
const maps = (size: { maxLength: number; length: number }) =>
  fc.record({
    base: fc.integer({ min: 0, max: 2 ** 45 }),
    pairs: fc.array(
      fc.tuple(fc.integer({ min: 1, max: size.length }), fc.integer({ min: 1, max: size.length })),
      { maxLength: size.maxLength },
    ),
  });

function rangesOf(base: number, pairs: readonly (readonly [number, number])[]): OffsetRange[] {
  let at = base;
  return pairs.map(([gap, run]) => {
    const start = at + gap;
    at = start + run;
    return { start, end: at };
  });
}

test('decode gives back exactly what encode was given, runs or bitmap', () => {
  for (const size of [
    { maxLength: 400, length: 3 },
    { maxLength: 100, length: 100_000 },
  ]) {
    fc.assert(
      fc.property(maps(size), ({ base, pairs }) => {
        const done = rangesOf(base, pairs);
        const { text, load } = encodeOffsetMap(base, done);
        assert.ok(load <= 1);
        assert.deepEqual(decodeOffsetMap(base, text), done);
      }),
    );
  }
});

test('a map that is too large is cut, says so, and never names an unfinished offset', () => {
  fc.assert(
    fc.property(maps({ maxLength: 6_000, length: 1_000 }), ({ base, pairs }) => {
      const done = rangesOf(base, pairs);
      const { text, load } = encodeOffsetMap(base, done);
      assert.ok(text.length <= METADATA_CHARS_MAX - 90);
      const decoded = decodeOffsetMap(base, text);
      assert.deepEqual(decoded, done.slice(0, decoded.length));
      assert.equal(decoded.length < done.length, load > 1);
    }),
    { numRuns: 30 },
  );
});

test('alternating offsets use the bitmap: twenty thousand fit', () => {
  const done = Array.from({ length: 10_000 }, (_, n) => ({ start: 2 * n + 1, end: 2 * n + 2 }));
  const { text, load } = encodeOffsetMap(0, done);
  assert.ok(load < 1, `load ${load}`);
  assert.equal(decodeOffsetMap(0, text).length, 10_000);
});

test('damaged, foreign or unknown metadata means replay and never an error', () => {
  fc.assert(
    fc.property(fc.oneof(fc.string(), fc.base64String()), (text) => {
      for (const { start, end } of decodeOffsetMap(5, text)) assert.ok(start > 5 && end > start);
    }),
  );
  assert.deepEqual(decodeOffsetMap(0, Buffer.from([9, 0, 1, 1]).toString('base64')), []);
  assert.deepEqual(decodeOffsetMap(0, Buffer.from([1, 7, 1, 1]).toString('base64')), []);
});
