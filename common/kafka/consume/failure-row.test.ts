import assert from 'node:assert/strict';
import { test } from 'node:test';
import { FailureRow } from './failure-row.ts';

test('the first failure of a row is told from the others', () => {
  const row = new FailureRow();
  assert.equal(row.add(true, 0), 'first');
  assert.equal(row.add(false, 1), 'further');
  row.end();
  assert.equal(row.add(false, 2), 'first');
});

test('what does not pass by itself lasts after a minute; a broker may be away for longer', () => {
  const row = new FailureRow();
  for (const atMs of [0, 59_999]) assert.notEqual(row.add(false, atMs), 'lasting');
  assert.equal(row.add(false, 60_000), 'lasting');
  const away = new FailureRow();
  for (const atMs of [0, 100_000]) assert.notEqual(away.add(true, atMs), 'lasting');
  away.add(false, 100_000);
  away.add(true, 150_000);
  assert.equal(away.add(false, 170_000), 'further', 'its minute began again');
  const good = new FailureRow();
  good.add(false, 0);
  good.end();
  assert.equal(good.add(false, 70_000), 'first');
});
