import assert from 'node:assert/strict';
import { test } from 'node:test';
import { editDistance, nearestWord } from './edit-distance.ts';

const pairs: readonly [a: string, b: string, edits: number][] = [
  ['', '', 0],
  ['port', 'port', 0],
  ['', 'abc', 3],
  ['concurency', 'concurrency', 1],
  ['prot', 'port', 1],
  ['dry-run', 'dryrun', 1],
  ['user', 'users', 1],
  ['rate', 'date', 1],
  ['since', 'status', 5],
];
for (const [a, b, edits] of pairs) {
  test(`"${a}" and "${b}" are ${edits} edits apart, in either direction`, () => {
    assert.equal(editDistance(a, b), edits);
    assert.equal(editDistance(b, a), edits);
  });
}

test('the nearest word is named, and none that is too far away', () => {
  const known = ['subscription', 'status', 'since'];
  assert.equal(nearestWord('subscripton', known, 2), 'subscription');
  assert.equal(nearestWord('statsu', known, 2), 'status');
  assert.equal(nearestWord('colour', known, 2), undefined);
});
