import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, open, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { findOpenForWriting, inodeOf } from './writers.ts';

const onLinux = { skip: process.platform === 'linux' ? false : 'needs /proc' };

test('a file is written while any process has it open for writing', onLinux, async (t) => {
  const dir = await mkdtemp(join(tmpdir(), 'hookline-writers-'));
  t.after(() => rm(dir, { recursive: true }));
  const path = join(dir, 'x.csv');
  await writeFile(path, 'user_id,alert_message\n');
  const inode = inodeOf(await stat(path));
  const isWritten = async () => (await findOpenForWriting(new Set([inode]))).has(inode);

  assert.equal(await isWritten(), false, 'closed');

  const reader = await open(path, 'r');
  assert.equal(await isWritten(), false, 'open for reading only');
  await reader.close();

  const appender = await open(path, 'a');
  assert.equal(await isWritten(), true, 'open for appending');
  await appender.close();
  assert.equal(await isWritten(), false, 'closed again');

  const shell = spawn('sh', ['-c', 'exec 3>>"$0"; echo ready; read line', path]);
  await once(shell.stdout, 'data');
  assert.equal(await isWritten(), true, 'open in another process');
  await rename(path, join(dir, 'renamed.csv'));
  assert.equal(await isWritten(), true, 'renamed, which changes nothing for the writer');
  shell.stdin.end('\n');
  await once(shell, 'exit');
  assert.equal(await isWritten(), false, 'the other process has ended');
});
