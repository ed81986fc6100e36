import assert from 'node:assert/strict';
import { test } from 'node:test';
import { stripVTControlCharacters } from 'node:util';
import { screenOf } from './screen.ts';

const shown = (text: string, rows: number, columns = 80) =>
  stripVTControlCharacters(screenOf(text, { rows, columns })).split('\n');

test('what fits is shown, and each line covers what was there', () => {
  assert.deepEqual(shown('a\nb', 10), ['a', 'b', '']);
  assert.match(screenOf('a', { rows: 9, columns: 9 }), /^\u001b\[Ha\u001b\[K\n\u001b\[J$/);
});

test('what does not fit is cut, and says so', () => {
  const lines = shown(Array.from({ length: 20 }, (_, n) => `line ${n}`).join('\n'), 8, 60);
  assert.deepEqual(lines.slice(-3), ['line 5', '… 14 more lines; make the terminal larger', '']);
  assert.ok(lines.length <= 8);
  assert.deepEqual(shown('a long line', 8, 6), ['a long', '']);
});
