import assert from 'node:assert/strict';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataDirs } from '../../common/config/data-dirs.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { tempDir } from '../../test/support/temp-dir.ts';
import { openRejectedRows } from './rejected-rows.ts';

const ROWS = 'line,reason,raw\n2,no user_id,"x,"\n';
const PROGRESS: FileProgress = {
  ...{ id: '01F', name: 'x.csv', state: 'done', bytes: 9, bytesRead: 9, rows: 2, rejected: 1 },
  ...{ startedAt: null, finishedAt: null, warnings: [] },
  resume: {
    line: 3,
    rejectedFile: '.01F.a.rejected',
    rejectedBytes: ROWS.length,
    otherHeaderLine: null,
  },
};

test('the rejected rows are those of this file, where another one has its name', async (t) => {
  const dirs = dataDirs(tempDir(t));
  for (const dir of [dirs.processing, dirs.done]) mkdirSync(dir, { recursive: true });
  const rowsOf = async (change: Partial<FileProgress> = {}) => {
    const { stream, name, bytes } = await openRejectedRows({ ...PROGRESS, ...change }, dirs);
    assert.equal(name, 'x.csv.rejected.csv');
    const text = await new Response(stream).text();
    assert.equal(text.length, bytes);
    return text;
  };
  await assert.rejects(rowsOf(), /not in the data folder of this console/);
  await assert.rejects(rowsOf({ rejected: 0 }), /No row of the file 01F was rejected/);
  writeFileSync(join(dirs.done, 'x.csv.rejected.csv'), `${ROWS}9,another file,y\n`);
  await assert.rejects(rowsOf(), /not in the data folder/);
  writeFileSync(join(dirs.done, '01F-x.csv.rejected.csv'), ROWS);
  assert.equal(await rowsOf(), ROWS);
  writeFileSync(join(dirs.processing, '.01F.a.rejected'), `${ROWS}half of a ro`);
  assert.equal(await rowsOf({ state: 'reading' }), ROWS, 'as far as they were counted');
  await assert.rejects(rowsOf({ name: '../x.csv' }), /not in the data folder/);
});
