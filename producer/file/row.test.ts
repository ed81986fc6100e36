import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { parseHeader } from './header.ts';
import type { Columns } from './header.ts';
import { bodyFault, rowBody, rowError } from './row.ts';

function columnsOf(...names: string[]): Columns {
  const columns = parseHeader(names);
  assert.ok(!('invalid' in columns));
  return columns;
}
const TWO = columnsOf('user_id', 'alert_message');
const THREE = columnsOf('user_id', 'alert_message', 'note');

const rows: readonly [title: string, columns: Columns, fields: string[], fault: string | null][] = [
  ['a plain row', TWO, ['u1', 'hello'], null],
  ['a message of many lines', TWO, ['u1', 'a\nb\u0000"'], null],
  ['a user of 200 characters', TWO, ['u'.repeat(200), 'm'], null],
  ['a user of 200 emoji', TWO, ['🎉'.repeat(200), 'm'], null],
  ['a user of 201', TWO, ['u'.repeat(201), 'm'], 'user_id is longer than 200 characters'],
  ['no user', TWO, ['', 'm'], 'user_id is empty'],
  ['a blank user', TWO, [' \u00a0', 'm'], 'user_id is empty'],
  ['a user with a tab', TWO, ['u\t1', 'm'], 'user_id has a control character'],
  ['a user with a C1 control', TWO, ['u\u0085', 'm'], 'user_id has a control character'],
  ['no message', TWO, ['u1', ''], 'alert_message is empty'],
  ['a blank message', TWO, ['u1', ' \n'], 'alert_message is empty'],
  ['a column too few', THREE, ['u1', 'm'], '3 columns expected, 2 found'],
  ['a column too many', TWO, ['u1', 'm', 'x'], '2 columns expected, 3 found'],
  ['an empty further column', THREE, ['u1', 'm', ''], null],
  ['only empty fields', THREE, ['', '', ''], 'all fields are empty'],
  ['\\N as the user', TWO, ['\\N', 'm'], "user_id is \\N, an exporter's mark for no value"],
  ['\\N as message', TWO, ['u1', '\\N'], "alert_message is \\N, an exporter's mark for no value"],
  ['\\N within a message', TWO, ['u1', 'is \\N'], null],
  ['an Excel formula as user', TWO, ['="001"', 'm'], 'user_id is an Excel formula: ="001"'],
  ['a mark of a second file', TWO, ['\ufeffu1', 'm'], 'user_id begins with a byte order mark'],
  ['a count of psql', TWO, ['(3 rows)'], 'the row count of an exporter, no row'],
  ['a count of sqlplus', TWO, ['3 rows selected.'], 'the row count of an exporter, no row'],
  ['the end of COPY', TWO, ['\\.'], 'the end mark of COPY, no row'],
  ['Ctrl-Z', TWO, ['\u001a'], 'the end-of-file mark of DOS (Ctrl-Z), no row'],
  ['a comment', TWO, ['# made by x'], 'a comment line, no row'],
  ['a line in quotes', TWO, ['u1,hello'], 'the whole line is one field, in quotes'],
];
for (const [title, columns, fields, fault] of rows) {
  test(`row: ${title}: ${fault ?? 'accepted'}`, () => {
    assert.equal(rowError(fields, columns), fault);
  });
}

test('the body has the user, the message and every named further column', () => {
  const columns = columnsOf('alert_message', '', '__proto__', 'user_id', 'constructor');
  const body = rowBody(['m "1"', 'dropped', 'p', 'u', 'c'], columns);
  assert.equal(body, '{"userId":"u","alertMessage":"m \\"1\\"","__proto__":"p","constructor":"c"}');
});

test('the body of any row is JSON that gives the fields back', () => {
  const field = fc.string({ unit: 'grapheme', maxLength: 30 });
  fc.assert(
    fc.property(field, field, field, (userId, message, note) => {
      const parsed: unknown = JSON.parse(rowBody([userId, message, note], THREE));
      assert.deepEqual(parsed, { userId, alertMessage: message, note });
    }),
  );
});

test('a body is refused exactly when it has more bytes than allowed', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme', maxLength: 40 }), fc.nat(120), (body, bytesMax) => {
      assert.equal(bodyFault(body, bytesMax) === null, Buffer.byteLength(body) <= bytesMax);
    }),
  );
  assert.match(bodyFault('abc', 2) ?? '', /3 bytes is larger than 2 \(MAX_MESSAGE_BYTES\)/);
});
