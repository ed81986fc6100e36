import assert from 'node:assert/strict';
import { test } from 'node:test';
import { owedBy } from './owed.ts';

test('what is owed up to an end leaves out what was finished, as far as it lies before the end', () => {
  assert.equal(owedBy(10, 10, []), 0);
  assert.equal(owedBy(10, 30, []), 20);
  assert.equal(owedBy(10, 30, [{ start: 12, end: 15 }]), 17);
  assert.equal(owedBy(10, 30, [{ start: 28, end: 40 }]), 18);
  assert.equal(owedBy(10, 5, []), 0);
});
