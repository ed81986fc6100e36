import assert from 'node:assert/strict';
import { test } from 'node:test';
import fc from '../../test/support/property.ts';
import { endsUnfinished } from './file-end.ts';

const HEAD = 'user_id,alert_message\n';
const isUnfinished = (text: string, isWholeFile = true) =>
  endsUnfinished('csv', { bytes: Buffer.from(text), isWholeFile });

const wholeFiles: readonly [title: string, text: string, unfinished: boolean][] = [
  ['no bytes', '', true],
  ['a header without a line break', 'user_id,alert_message', true],
  ['a row without a line break', `${HEAD}u1,a`, true],
  ['a row that ends with half of CRLF', `${HEAD}u1,a\r`, true],
  ['zeros in place of what is to come', `${HEAD}u1,a\n\0\0\0`, true],
  ['whole rows', `${HEAD}u1,a\nu2,b\r\n`, false],
  ['a quoted field with a line break', `${HEAD}u1,"a\nb"\n`, false],
  ['a quote still open before a line break', `${HEAD}u1,"a\nb\n`, true],
  ['doubled quotes', `${HEAD}u1,"say ""hi"""\n`, false],
  ['a quoted field that ends with a quote and is still open', `${HEAD}u1,"say ""hi""\n`, true],
  ['a quote within a field that is not quoted', `${HEAD}u1,5" screen\n`, false],
  ['text after a closing quote', `${HEAD}u1,"a"b\nu2,c\n`, false],
  ['a quoted header after a byte order mark', '\ufeff"user_id","alert_message"\nu1,a\n', false],
  ['other separators', 'user_id;alert_message\nu1;"a\nb"\nu2\t"c"\n', false],
];
for (const [title, text, unfinished] of wholeFiles) {
  test(`${title}: ${unfinished ? 'more may come' : 'finished'}`, () => {
    assert.equal(isUnfinished(text), unfinished);
  });
}

const message = fc.array(fc.constantFrom('a', 'text ', '"', ',', '\n', ';', ', "', '\n"'), {
  maxLength: 12,
});
const quoted = (parts: readonly string[]) => `"${parts.join('').replaceAll('"', '""')}"`;
const row = message.map((parts) => `u1,${quoted(parts)}\n`);

test('of a long file its end alone tells whether a quote is open', () => {
  const rows = fc.array(row, { minLength: 20, maxLength: 60 }).map((all) => all.join(''));
  fc.assert(
    fc.property(rows, fc.integer({ min: 0, max: 150 }), fc.boolean(), (text, cut, isCut) => {
      // Plain words, as all real files have, show which quotes open and which close.
      const whole = `${text}u2,"plain, text"\nu3,"two\nlines"\n`;
      const bytes = isCut ? whole.slice(0, whole.lastIndexOf('\n', whole.length - 2) + 1) : whole;
      assert.equal(isUnfinished(bytes.slice(cut), false), isCut);
    }),
  );
});

test('a long file without any quote, or with a quote at a wrong place, is finished', () => {
  assert.equal(isUnfinished('ert a\nu1,b\nu2,c\n', false), false);
  assert.equal(isUnfinished('ert a\nu1,5" screen\nu2,c\n', false), false);
  assert.equal(isUnfinished('ert a"\nu1,b\nu2,c\n', false), false);
});
