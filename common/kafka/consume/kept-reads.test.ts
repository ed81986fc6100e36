import assert from 'node:assert/strict';
import { test } from 'node:test';
import { packedRecord } from '../../../test/support/packed-record.ts';
import { KEPT_MS, KeptReads, pieceOf } from './kept-reads.ts';
import type { PackedRead } from './kept-reads.ts';

/** Offsets 10, 12, 14 and 16, fetched from 9 on; 17 to 19 are markers. */
const READ = aRead(9, [10, 12, 14, 16], 20);

function aRead(from: number, offsets: readonly number[], readTo: number, bodyBytes = 1) {
  const records = offsets.map((offset) =>
    packedRecord({
      ...{ topic: 't', partition: 0, offset, key: null, headers: {}, timestampMs: 0 },
      value: Buffer.alloc(bodyBytes),
    }),
  );
  return { from, records, readTo, low: 0 } satisfies PackedRead;
}

const piece = (offset: number, recordsMax: number) => {
  const { records, readTo } = pieceOf(READ, offset, recordsMax);
  return [records.map((record) => record.offset), readTo];
};

test('pieces of a fetch follow each other without a gap, and the last one ends where it does', () => {
  assert.deepEqual(piece(9, 2), [[10, 12], 14]);
  assert.deepEqual(piece(14, 2), [[14, 16], 20]);
  assert.deepEqual(piece(13, 1), [[14], 16]);
  assert.deepEqual(piece(17, 2), [[], 20]);
  assert.deepEqual(piece(9, Infinity), [[10, 12, 14, 16], 20]);
});

test('what is kept is had at its offsets, until the next fetch of the place', () => {
  const kept = new KeptReads();
  kept.keep('t/0', READ, 0);
  assert.equal(kept.at('t/0', 9, 1), READ);
  assert.equal(kept.at('t/0', 19, 1), READ);
  for (const offset of [8, 20]) assert.equal(kept.at('t/0', offset, 1), null);
  assert.equal(kept.at('t/1', 9, 1), null);
  kept.keep('t/0', aRead(20, [20], 21), 1);
  assert.equal(kept.at('t/0', 9, 1), null);
});

test('what nobody asks for is forgotten, as the log may be another one by then', () => {
  const kept = new KeptReads();
  kept.keep('t/0', READ, 0);
  assert.equal(kept.at('t/0', 9, KEPT_MS - 1), READ);
  assert.equal(kept.at('t/0', 9, 2 * KEPT_MS - 2), READ);
  assert.equal(kept.at('t/0', 9, 3 * KEPT_MS - 2), null);
  assert.ok(kept.isEmpty);
});

test('memory is bounded: what was used least goes first, and what is too large is not kept', () => {
  const kept = new KeptReads();
  const large = (from: number, mebibytes: number) =>
    aRead(from, [from], from + 1, mebibytes * 1024 ** 2);
  kept.keep('t/0', large(0, 14), 0);
  kept.keep('t/1', large(0, 14), 1);
  assert.ok(kept.at('t/0', 0, 2));
  kept.keep('t/2', large(0, 14), 3);
  assert.deepEqual(
    ['t/0', 't/1', 't/2'].map((place) => kept.at(place, 0, 4) !== null),
    [true, false, true],
  );
  kept.keep('t/2', large(1, 40), 5);
  assert.equal(kept.at('t/2', 0, 6), null);
  assert.equal(kept.at('t/2', 1, 6), null);
  kept.keep('t/3', large(0, 14), 7);
  assert.ok(kept.at('t/0', 0, 8), 'what was replaced has made room');
});
