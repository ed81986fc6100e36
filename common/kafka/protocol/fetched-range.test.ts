import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { PackedRecord } from '../log-record.ts';
import { fetchedRange } from './fetched-range.ts';

const message = (offset: number, further: Partial<PackedRecord> = {}): PackedRecord => ({
  ...{ offset, key: null, batch: Buffer.alloc(0), start: 0, end: 0 },
  isControlRecord: false,
  batchContext: {} as PackedRecord['batchContext'],
  ...further,
});
const undecodable = (firstOffset: number, lastOffset: number) => {
  return message(lastOffset, { undecodable: { firstOffset, lastOffset, reason: 'damaged' } });
};
const control = (offset: number) => message(offset, { isControlRecord: true });

const rows: readonly [title: string, PackedRecord[], offsets: number[], readTo: number][] = [
  ['nothing leaves the position where it is', [], [], 5],
  ['records before the offset are left out', [3, 4, 5, 6].map((n) => message(n)), [5, 6], 7],
  ['markers and gaps move the position only', [message(5), control(9)], [5], 10],
  ['aborted records alone move the position', [control(4), control(5), control(6)], [], 7],
  ['a batch that cannot be read stands at its end', [undecodable(3, 8), message(9)], [8, 9], 10],
  ['where its end is not known it stands for the offset', [undecodable(3, 3)], [5], 6],
  ['records behind it follow', [undecodable(3, 3), message(9)], [5, 9], 10],
];
for (const [title, messages, offsets, readTo] of rows) {
  test(title, () => {
    const range = fetchedRange(5, messages);
    const found = range.records.map(({ offset }) => offset);
    assert.deepEqual({ found, readTo: range.readTo }, { found: offsets, readTo });
  });
}

test('a batch whose end is not known keeps its first offset and its reason', () => {
  const [record] = fetchedRange(5, [undecodable(3, 3)]).records;
  assert.deepEqual(record?.undecodable, { firstOffset: 3, lastOffset: 5, reason: 'damaged' });
});
