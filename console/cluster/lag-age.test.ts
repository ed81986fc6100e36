import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LagAge } from './lag-age.ts';

test('the age is the time since the end passed the committed offset', () => {
  const age = new LagAge();
  assert.equal(age.seconds(0, 10, 10), 0);
  assert.equal(age.seconds(1_000, 20, 10), 0);
  assert.equal(age.seconds(5_000, 20, 10), 4);
  assert.equal(age.seconds(6_000, 30, 10), 5);
  // The first ten are done: the oldest now is from second 6.
  assert.equal(age.seconds(9_000, 30, 20), 3);
  assert.equal(age.seconds(10_000, 30, 30), 0);
});

test('records from before the first look count from that look on', () => {
  const age = new LagAge();
  age.seconds(0, 100, 0);
  assert.equal(age.seconds(7_000, 100, 0), 7);
});

test('a lag that never ends takes bounded memory', () => {
  const age = new LagAge();
  for (let n = 1; n <= 20_000; n += 1) age.seconds(n * 1_000, n * 10, 0);
  assert.ok(JSON.stringify(age).length < 300_000);
  assert.ok(age.seconds(20_001_000, 200_000, 0) > 19_000);
});

test('what was written before a time that the log tells of is at least as old', () => {
  const known = [
    { atMs: 0, end: 5 },
    { atMs: 50_000, end: 40 },
  ];
  assert.equal(new LagAge(known).seconds(60_000, 100, 10), 10, 'written between the two');
  assert.equal(new LagAge(known).seconds(60_000, 100, 3), 60, 'written before both');
  assert.equal(new LagAge(known).seconds(60_000, 100, 60), 0, 'written since, at an unknown time');
});
