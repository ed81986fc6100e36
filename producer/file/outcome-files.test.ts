import assert from 'node:assert/strict';
import { linkSync, mkdtempSync, readFileSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import type { TestContext } from 'node:test';
import { ulid } from 'ulid';
import { dataDirs, makeDataDirs } from '../../common/config/data-dirs.ts';
import type { DataDirs } from '../../common/config/data-dirs.ts';
import type { FileProgress } from '../../common/model/file-progress.ts';
import { claimedName } from '../../common/model/file-names.ts';
import { archive, rejectedName } from './outcome-files.ts';

function tempDir(t: TestContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'hookline-file-'));
  t.after(() => rmSync(dir, { recursive: true }));
  return dir;
}

function aFinishedFile(t: TestContext, change: Partial<FileProgress> = {}) {
  const dirs = dataDirs(tempDir(t));
  makeDataDirs(dirs);
  return { dirs, progress: finished(dirs, change) };
}

/** A file that lies in `processing/` with one rejected row. */
function finished(dirs: DataDirs, change: Partial<FileProgress> = {}): FileProgress {
  const id = ulid();
  const progress: FileProgress = {
    id,
    name: 'x.csv',
    state: 'done',
    bytes: 10,
    bytesRead: 10,
    rows: 2,
    rejected: 1,
    warnings: [],
    startedAt: '2026-01-01T00:00:00.000Z',
    finishedAt: '2026-01-01T00:00:01.000Z',
    resume: {
      line: 3,
      rejectedFile: rejectedName(id, 'last'),
      rejectedBytes: 4,
      otherHeaderLine: null,
    },
    ...change,
  };
  writeFileSync(join(dirs.processing, claimedName(id, progress.name)), `data ${id}`);
  writeFileSync(join(dirs.processing, rejectedName(id, 'last')), `rejected ${id}`);
  writeFileSync(join(dirs.processing, rejectedName(id, 'earlier')), 'left by a crash');
  return progress;
}

const read = (...path: string[]) => readFileSync(join(...path), 'utf8');

test('a file that is done lies in done with its rejected rows, and nothing is left over', async (t) => {
  const { dirs, progress } = aFinishedFile(t);
  await archive(progress, dirs);
  assert.deepEqual(readdirSync(dirs.done).sort(), ['x.csv', 'x.csv.rejected.csv']);
  assert.equal(read(dirs.done, 'x.csv'), `data ${progress.id}`);
  assert.equal(read(dirs.done, 'x.csv.rejected.csv'), `rejected ${progress.id}`);
  assert.deepEqual(readdirSync(dirs.processing), []);
});

test('a file that failed lies in failed beside the reason', async (t) => {
  const error = { code: 'wrong_header', message: 'why' } as const;
  const { dirs, progress } = aFinishedFile(t, { state: 'failed', rows: 0, rejected: 0, error });
  await archive(progress, dirs);
  const names = ['x.csv', 'x.csv.error.json', 'x.csv.rejected.csv'];
  assert.deepEqual(readdirSync(dirs.failed).sort(), names);
  assert.deepEqual(JSON.parse(read(dirs.failed, 'x.csv.error.json')), {
    file: 'x.csv',
    id: progress.id,
    ...error,
    rows: 0,
    rejected: 0,
    finishedAt: progress.finishedAt,
  });
  assert.deepEqual(readdirSync(dirs.done), []);
});

test('a file that vanished leaves a report of its own name', async (t) => {
  const error = { code: 'file_missing', message: 'gone' } as const;
  const dirs = dataDirs(tempDir(t));
  makeDataDirs(dirs);
  writeFileSync(join(dirs.failed, 'x.csv.error.json'), 'of an earlier file');
  const id = ulid();
  const { resume: _none, ...rest } = finished(dirs);
  await archive({ ...rest, id, state: 'failed', error }, dirs);
  assert.equal(read(dirs.failed, 'x.csv.error.json'), 'of an earlier file');
  assert.match(read(dirs.failed, `${id}-x.csv.error.json`), /file_missing/);
});

test('a second file of a name overwrites nothing', async (t) => {
  const { dirs, progress } = aFinishedFile(t);
  const second = finished(dirs);
  await archive(progress, dirs);
  await archive(second, dirs);
  const own = claimedName(second.id, 'x.csv');
  const names = [own, `${own}.rejected.csv`, 'x.csv', 'x.csv.rejected.csv'];
  assert.deepEqual(readdirSync(dirs.done).sort(), names.sort());
  assert.equal(read(dirs.done, 'x.csv'), `data ${progress.id}`);
  assert.equal(read(dirs.done, `${own}.rejected.csv`), `rejected ${second.id}`);
});

test('rejected rows of an earlier file whose data was taken away are not overwritten', async (t) => {
  const { dirs, progress } = aFinishedFile(t);
  writeFileSync(join(dirs.done, 'x.csv.rejected.csv'), 'earlier');
  await archive(progress, dirs);
  assert.equal(read(dirs.done, 'x.csv.rejected.csv'), 'earlier');
  assert.equal(read(dirs.done, claimedName(progress.id, 'x.csv')), `data ${progress.id}`);
});

test('a move cut off between its steps is completed by the next call', async (t) => {
  const { dirs, progress } = aFinishedFile(t);
  // Linked to its new place and not yet unlinked from the old one.
  linkSync(join(dirs.processing, claimedName(progress.id, 'x.csv')), join(dirs.done, 'x.csv'));
  await archive(progress, dirs);
  assert.deepEqual(readdirSync(dirs.done).sort(), ['x.csv', 'x.csv.rejected.csv']);
  assert.deepEqual(readdirSync(dirs.processing), []);
  // The data was moved, the rejected rows were not.
  writeFileSync(join(dirs.processing, rejectedName(progress.id, 'last')), 'again');
  await archive(progress, dirs);
  assert.equal(read(dirs.done, 'x.csv.rejected.csv'), 'again');
});

test('two processes may put the same file away at the same time', async (t) => {
  const { dirs, progress } = aFinishedFile(t);
  await Promise.all([1, 2, 3, 4].map(() => archive(progress, dirs)));
  assert.deepEqual(readdirSync(dirs.done).sort(), ['x.csv', 'x.csv.rejected.csv']);
  assert.deepEqual(readdirSync(dirs.processing), []);
});
