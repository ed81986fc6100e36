import assert from 'node:assert/strict';
import { test } from 'node:test';
import { formatTable } from './table.ts';

test('columns are as wide as their longest cell; numbers stand to the right', () => {
  const rows = [
    ['a', 1, 'first'],
    ['long name', 12_345, ''],
  ];
  assert.equal(
    formatTable(['name', 'n', 'note'], rows),
    ['name            n  note', 'a               1  first', 'long name  12,345'].join('\n'),
  );
});

test('without rows there is the head alone', () => {
  assert.equal(formatTable(['name', 'n'], []), 'name  n');
});
