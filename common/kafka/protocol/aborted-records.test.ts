import assert from 'node:assert/strict';
import { test } from 'node:test';
import { abortedRecords } from './aborted-records.ts';
import type { AbortedTransaction, FetchedRecord } from './aborted-records.ts';

const ABORT = Buffer.from([0, 0, 0, 0]);
const COMMIT = Buffer.from([0, 0, 0, 1]);

/** `a` and `b` are records of two producers, `A` and `B` their abort markers, `C` a commit of a. */
function aLog(text: string, firstOffset: number): FetchedRecord[] {
  return [...text].map((letter, index) => ({
    offset: firstOffset + index,
    key: letter === 'C' ? COMMIT : letter === 'A' || letter === 'B' ? ABORT : null,
    isControlRecord: /[ABC]/.test(letter),
    batchContext: {
      producerId: letter === 'C' ? 'a' : letter.toLowerCase(),
      inTransaction: letter !== '-',
    },
  }));
}

const from = (producerId: string, firstOffset: number): AbortedTransaction => ({
  producerId,
  firstOffset: String(firstOffset),
});

const rows: readonly [
  title: string,
  log: string,
  firstOffset: number,
  aborted: AbortedTransaction[],
  left: string,
][] = [
  ['nothing was aborted', 'aaC', 0, [], 'aa'],
  ['one ends with its marker, and what comes after counts', 'aaAaaC', 0, [from('a', 0)], 'aa'],
  ['another producer goes on in between', 'abaAb', 0, [from('a', 0)], 'bb'],
  ['the one that began later ended first', 'abbBaA', 0, [from('b', 1), from('a', 0)], ''],
  ['both began before what was fetched', 'babaBA', 50, [from('a', 7), from('b', 8)], ''],
  ['the marker is not fetched yet', 'aab', 0, [from('a', 0)], 'b'],
  ['twice by the same producer, a commit between', 'aAaCaA', 0, [from('a', 0), from('a', 4)], 'a'],
  ['outside of transactions', '-a-A-', 0, [from('a', 1), from('-', 0)], '---'],
  ['offsets that do not sort as text', 'aaA', 9, [from('a', 9), from('b', 10)], ''],
];
for (const [title, log, firstOffset, aborted, left] of rows) {
  test(`aborted records: ${title}`, () => {
    const records = aLog(log, firstOffset);
    const gone = new Set(abortedRecords(records, aborted));
    const rest = [...log].filter((_, index) => {
      const record = records[index] as FetchedRecord;
      return !gone.has(record) && !record.isControlRecord;
    });
    assert.equal(rest.join(''), left);
  });
}
