import assert from 'node:assert/strict';
import { readdirSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataDirs, makeDataDirs } from '../common/config/data-dirs.ts';
import { tempDir } from '../test/support/temp-dir.ts';
import { removeAbandonedUploads } from './clean-up.ts';

test('what a crash left of an upload goes; one that is written to, and files, stay', async (t) => {
  const dirs = dataDirs(tempDir(t));
  makeDataDirs(dirs);
  const old = new Date(Date.now() - 2 * 3_600_000);
  for (const [name, at] of [
    ['.upload-dead.part', old],
    ['.upload-running.part', new Date()],
    ['01JH8Z3V9Q7W4B2M6N0P5R8T1X-a.csv', old],
  ] as const) {
    writeFileSync(join(dirs.processing, name), 'x');
    utimesSync(join(dirs.processing, name), at, at);
  }
  await removeAbandonedUploads(dirs);
  const left = readdirSync(dirs.processing).toSorted();
  assert.deepEqual(left, ['.upload-running.part', '01JH8Z3V9Q7W4B2M6N0P5R8T1X-a.csv']);
});
