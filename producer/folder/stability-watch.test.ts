import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { dataDirs, makeDataDirs } from '../../common/config/data-dirs.ts';
import { lookAtInbox } from './inbox.ts';
import { StabilityWatch } from './stability-watch.ts';

test('the end of a file is read once while nothing changes, and again after the file has changed', async (t) => {
  const root = mkdtempSync(join(tmpdir(), 'hookline-stability-'));
  t.after(() => rmSync(root, { recursive: true }));
  const dirs = dataDirs(root);
  makeDataDirs(dirs);
  const path = join(dirs.inbox, 'x.csv');
  const stability = new StabilityWatch({ settleMs: 10, unfinishedWaitMs: 1_000, tailBytes: 100 });
  const look = async (nowMs: number) => {
    const { ready, left } = await stability.sort(await lookAtInbox(dirs), nowMs);
    return [ready.length, ...left.map(({ reason }) => reason.code)];
  };
  const write = async (text: string, mtimeS: number) => {
    await writeFile(path, text);
    await utimes(path, mtimeS, mtimeS);
  };
  await write('no end', 1_000);
  assert.deepEqual(await look(0), [0]);
  assert.deepEqual(await look(10), [0, 'last_line_unfinished']);
  // As the file looks the same, nobody opens it: an archive would be decompressed at every look.
  await write('an end\n'.slice(1), 1_000);
  assert.deepEqual(await look(20), [0, 'last_line_unfinished']);
  await write('an end\n', 1_001);
  assert.deepEqual(await look(30), [0]);
  assert.deepEqual(await look(40), [1]);
});
