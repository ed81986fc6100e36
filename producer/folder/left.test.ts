import assert from 'node:assert/strict';
import { test } from 'node:test';
import { whyDownloading, whyNeverTaken } from './left.ts';
import type { EntryType } from './left.ts';

const entries: readonly (readonly [name: string, type: EntryType, code: string | undefined])[] = [
  ['x.csv', 'file', undefined],
  ['X.CSV', 'file', undefined],
  ['x.Tsv', 'file', undefined],
  ['alerts.2026-11-29.txt', 'file', undefined],
  ['-rf.csv', 'file', undefined],
  ['part.csv', 'file', undefined],
  ['x.csv', 'folder', 'not_a_file'],
  ['x.csv', 'link', 'not_a_file'],
  ['x.csv', 'other', 'not_a_file'],
  ['.x.csv', 'file', 'hidden'],
  ['.x.csv.Ab3dE9', 'file', 'hidden'],
  ['x.csv.rejected.csv', 'file', 'rejected_rows'],
  ...[
    'no ending',
    'x.csv.part',
    'x.tmp',
    'x.csv.5e0e19a1.partial',
    'x.csv.9bB4Ff28',
    'x.csv.aria2',
    'x.csv.aria2__temp',
    'x.csv~',
    'x.csv.bak',
    'x.csv.swp',
    'x.csv.crdownload',
    'x.csv.filepart',
    'x.csv.download',
    'x.csv.lock',
    'x.csv.part.minio',
    'x.csv_.gstmp',
    '#x.csv#',
    'readme.md',
    'x.csv.md5',
    'x.ok',
    'x.csv.1',
    'csv',
  ].map((name) => [name, 'file', 'other_ending'] as const),
];
for (const [name, type, code] of entries) {
  test(`${JSON.stringify(name)}, a ${type}, ${code ? `stays: ${code}` : 'may be taken'}`, () => {
    assert.equal(whyNeverTaken(name, type)?.code, code);
  });
}

test('a file is left alone while the control file of its download lies beside it', () => {
  for (const control of [
    'x.csv.aria2',
    'x.csv.aria2__temp',
    'x.csv.lftp-pget-status',
    'x.csv.st',
  ]) {
    const reason = whyDownloading('x.csv', new Set(['x.csv', control]));
    assert.equal(reason?.code, 'control_file');
    assert.match(reason?.message ?? '', new RegExp(`^${control.replaceAll('.', '\\.')} `));
  }
  assert.equal(whyDownloading('x.csv', new Set(['x.csv', 'y.csv.aria2', 'x.csv.lock'])), null);
});
