import assert from 'node:assert/strict';
import { test } from 'node:test';
import { beyondBegin, offsetsAgain } from './begin.ts';

const planned = { partition: 0, from: 9, to: 3, end: 10, moved: null };

test('a reset to before the begin of an endpoint goes to its begin, and says so', () => {
  assert.deepEqual(beyondBegin(planned, 7), { ...planned, to: 7, moved: 'to_begin' });
});

test('a begin before the place changes nothing', () => {
  assert.deepEqual(beyondBegin(planned, 3), planned);
});

test('a begin beyond the end of the log leaves the endpoint at the end', () => {
  assert.equal(offsetsAgain([beyondBegin(planned, 50)]), 0);
});
