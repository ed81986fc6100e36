import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseHeader } from './header.ts';
import { DoubtCounts, rowDoubts } from './row-doubts.ts';
import type { Doubt } from './row-doubts.ts';
import { rowError } from './row.ts';

const columns = parseHeader(['user_id', 'alert_message', 'note', '']);
assert.ok(!('invalid' in columns));

const cases: readonly [userId: string, message: string, delimiter: string, doubts: Doubt[]][] = [
  ['u1', 'hello', ',', []],
  ['u1', 'NULL pointer, none of them', ',', []],
  ['u1', 'NULL', ',', ['null_word']],
  ['u1', 'null', ',', ['null_word']],
  ['u1', 'NaN', ',', ['null_word']],
  ['u1', '(null)', ',', ['null_word']],
  ['None', 'hello', ',', ['null_word']],
  ['u1', 'a\\tb', '\t', ['backslash_escapes']],
  ['u1', 'a\\\\b', '\t', ['backslash_escapes']],
  ['u1', 'C:\\temp\\new', ',', []],
  ['u1', 'say \\"hi\\"', ',', ['backslash_escapes']],
  ['u1', 'two\\\nlines', ';', ['backslash_escapes']],
  ['u1', 'ends so\\', ',', ['backslash_escapes']],
  ['u1\u00a0', 'hello', ',', ['blank_around_user_id']],
  [' u1', 'hello', ',', ['blank_around_user_id']],
  ['\u200bu1', 'hello', ',', ['blank_around_user_id']],
  ['42.0', 'hello', ',', ['number_user_id']],
  ['1.23457E+11', 'hello', ',', ['number_user_id']],
  ['42', 'hello', ',', []],
  ['4.25', 'hello', ',', []],
  ['# u1', 'hello', ',', ['comment_line']],
  ['u1', '="001"', ',', ['excel_formula']],
  ['u1', 'hello\u001a', ',', ['control_characters']],
  ['u1', 'a\u0000b', ',', ['control_characters']],
  ['u1', 'a\tb\r\nc', ',', []],
  ['u1', 'caf\ufffd', ',', ['replacement_characters']],
];
for (const [userId, message, delimiter, doubts] of cases) {
  test(`doubts of ${JSON.stringify([userId, message])}: ${doubts.join() || 'none'}`, () => {
    const fields = [userId, message, 'n', ''];
    assert.equal(rowError(fields, columns), null);
    assert.deepEqual(rowDoubts(fields, columns, delimiter), doubts);
  });
}

test('a mark for no value and a nameless column with values are doubts in further columns', () => {
  assert.deepEqual(rowDoubts(['u1', 'm', '\\N', ''], columns, ','), ['null_mark']);
  assert.deepEqual(rowDoubts(['u1', 'm', 'n', 'x'], columns, ','), ['unnamed_column']);
});

test('doubts are counted by kind, with the line of the first', () => {
  const counts = new DoubtCounts();
  counts.add(['null_word', 'comment_line'], () => 7);
  counts.add(['null_word'], () => assert.fail('the line is known'));
  const [first, second] = counts.warnings();
  assert.partialDeepStrictEqual(first, { code: 'null_word', count: 2 });
  assert.match(first?.message ?? '', /NULL.*first in line 7$/);
  assert.partialDeepStrictEqual(second, { code: 'comment_line', count: 1 });
});
