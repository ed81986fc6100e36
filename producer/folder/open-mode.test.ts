import assert from 'node:assert/strict';
import { test } from 'node:test';
import { isOpenForWriting } from './open-mode.ts';

const cases: readonly [title: string, fdinfo: string, writing: boolean][] = [
  ['read only', 'pos:\t0\nflags:\t0100000\nmnt_id:\t29\nino:\t11\n', false],
  ['write only', 'pos:\t12\nflags:\t0100001\nmnt_id:\t29\nino:\t11\n', true],
  ['read and write', 'pos:\t12\nflags:\t0100002\nmnt_id:\t29\nino:\t11\n', true],
  ['append, as `>>` of a shell opens it', 'pos:\t0\nflags:\t0102001\nmnt_id:\t29\n', true],
  ['a bare path reference (O_PATH) cannot write', 'pos:\t0\nflags:\t010000000\n', false],
  ['no flags: already closed', 'pos:\t0\n', false],
  ['nothing at all', '', false],
];

for (const [title, fdinfo, writing] of cases) {
  test(`open mode: ${title}`, () => {
    assert.equal(isOpenForWriting(fdinfo), writing);
  });
}
