import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonicFactory } from 'ulid';
import { claimedName } from '../../common/model/file-names.ts';
import { cleanUploadName, parseClaimedName, shortenName } from './file-name.ts';

const id = monotonicFactory()();
for (const name of ['x.csv', 'a-b.csv', '-', 'two\nlines.csv', 'Grüße 🎉 %41 "q".csv', '\\x']) {
  test(`the claimed name of ${JSON.stringify(name)} gives id and name back`, () => {
    assert.deepEqual(parseClaimedName(claimedName(id, name)), { id, name });
  });
}
test('a name that no claim made is not taken for one', () => {
  for (const name of ['x.csv', '.01ARZ3NDEKTSV4RRFFQ69G5FAV.rejected', `${id}-`, `${id}x.csv`]) {
    assert.equal(parseClaimedName(name), null);
  }
});

test('a name that fits is left alone', () => {
  assert.equal(shortenName('a'.repeat(176) + '.csv'), 'a'.repeat(176) + '.csv');
});
test('a long name keeps its ending and whole characters within 180 bytes', () => {
  const short = shortenName('ü'.repeat(120) + '.csv');
  assert.equal(short, 'ü'.repeat(88) + '.csv');
  assert.equal(Buffer.byteLength(shortenName('🎉'.repeat(63))), 180);
});

const uploads: readonly [sent: string, expected: string | null][] = [
  ['alerts.csv', 'alerts.csv'],
  ['Grüße an alle (2).csv', 'Grüße an alle (2).csv'],
  ['../../etc/passwd.csv', 'passwd.csv'],
  ['..\\..\\boot.csv', 'boot.csv'],
  ['C:\\Users\\me\\alerts.csv', 'alerts.csv'],
  ['/abs/olute.csv', 'olute.csv'],
  ['.hidden.csv', 'hidden.csv'],
  ['...csv', 'upload.csv'],
  ['..', null],
  ['', null],
  ['-rf.csv', 'rf.csv'],
  ['a\u0000b\nc.csv', 'a_b_c.csv'],
  ['a;b|c$(x).csv', 'a_b_c_(x).csv'],
  ['data.tsv', 'data.tsv'],
  ['data.TXT', 'data.TXT'],
  ['photo.png', null],
  ['x.csv/', null],
  ['x.csv.rejected.csv', 'x.csv_rejected.csv'],
];
for (const [sent, expected] of uploads) {
  test(`an upload named ${JSON.stringify(sent)} becomes ${JSON.stringify(expected)}`, () => {
    assert.equal(cleanUploadName(sent), expected);
  });
}
