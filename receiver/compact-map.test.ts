import assert from 'node:assert/strict';
import { test } from 'node:test';
import { fileRowId } from '../common/model/delivery.ts';
import { CompactMap } from './compact-map.ts';

test('a key keeps the greatest value, and each call tells the one before', () => {
  const map = new CompactMap();
  assert.equal(map.raise('a', 5), null);
  assert.equal(map.raise('a', 3), 5);
  assert.equal(map.raise('a', 9_999_999_999), 5);
  assert.equal(map.raise('a', 0), 9_999_999_999);
  assert.equal(map.raise('b', 0), null);
  assert.equal(map.size, 2);
});

// Ids that differ in few places are the hardest for a hash, and the ones that we get.
const families: readonly [title: string, id: (index: number) => string][] = [
  ['file rows', (index) => fileRowId('01ARZ3NDEKTSV4RRFFQ69G5FAV', index)],
  ['plain numbers', String],
  ['file and user', (index) => `01ARZ3NDEKTSV4RRFFQ69G5FAV user-${index}`],
  ['numbers in two places', (index) => `${index % 1_000}-x-${Math.floor(index / 1_000)}`],
];
for (const [title, id] of families) {
  test(`none of 500,000 ${title} is taken for another, and each is found again`, () => {
    const map = new CompactMap();
    for (let index = 0; index < 500_000; index += 1) {
      if (map.raise(id(index), index) !== null) assert.fail(`${id(index)} was taken for another`);
    }
    assert.equal(map.size, 500_000);
    for (let index = 0; index < 500_000; index += 1) {
      if (map.raise(id(index), 0) !== index) assert.fail(`${id(index)} was not found`);
    }
  });
}
