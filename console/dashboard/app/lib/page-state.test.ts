import assert from 'node:assert/strict';
import { test } from 'node:test';
import { emptyPages, withAnswer, withFailure } from './page-state.js';

const page = (row: string, next: string | null) => ({ rows: [row], next_cursor: next });
const first = { path: '/a', cursor: null, name: 'rows' };
const second = { ...first, cursor: 'c1' };

test('a page that comes late is not put under another list, nor twice under its own', () => {
  const one = withAnswer(emptyPages('/a'), first, page('a1', 'c1'));
  const two = withAnswer(one, second, page('a2', 'c2'));
  assert.deepEqual([two.rows, two.cursor, two.loading], [['a1', 'a2'], 'c2', false]);
  assert.equal(withAnswer(two, second, page('a2', 'c2')), two);
  const other = emptyPages('/b');
  assert.equal(withAnswer(other, second, page('a2', 'c2')), other);
  assert.equal(withAnswer(other, first, page('a1', 'c1')), other);
  assert.equal(withFailure(other, '/a', new Error('late')), other);
});
