import assert from 'node:assert/strict';
import { existsSync, mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { prepareDataDirs, prepareReceiverOutput } from './data-dirs.ts';

test('only the folders that are needed are made', (t) => {
  const DATA_DIR = join(tempDir(t), 'data');
  const dirs = prepareDataDirs({ DATA_DIR }, ['inbox', 'log']);
  assert.equal(dirs.inbox, join(DATA_DIR, 'inbox'));
  const made = Object.values(dirs).filter((dir) => existsSync(dir as string));
  assert.deepEqual(made, [dirs.inbox, dirs.log]);
});

test('a file in the place of DATA_DIR itself is one problem', (t) => {
  const DATA_DIR = join(tempDir(t), 'file');
  writeFileSync(DATA_DIR, '');
  assert.throws(
    () => prepareDataDirs({ DATA_DIR }, ['inbox', 'log']),
    /^ConfigError: Settings refused:\n {2}DATA_DIR=".*file": .*file is a file; allowed: [^\n]*$/,
  );
});

test('every file in the place of a folder is named at once', (t) => {
  const DATA_DIR = tempDir(t);
  for (const name of ['log', 'inbox']) writeFileSync(join(DATA_DIR, name), '');
  assert.throws(
    () => prepareDataDirs({ DATA_DIR }, ['inbox', 'done', 'log']),
    /DATA_DIR=".*": .*\/inbox is a file; allowed: a folder .*\n.*\/log is a file; allowed/,
  );
});

test('a folder in the place of the file of the receiver is refused', (t) => {
  const folder = tempDir(t);
  assert.throws(
    () => prepareReceiverOutput({ DATA_DIR: folder, RECEIVER_OUTPUT: folder }),
    /RECEIVER_OUTPUT=".*": .* is a folder; allowed: a file/,
  );
  mkdirSync(join(folder, 'output', 'received.csv'), { recursive: true });
  assert.throws(
    () => prepareReceiverOutput({ DATA_DIR: folder, RECEIVER_OUTPUT: '' }),
    /DATA_DIR=".*": .*received\.csv is a folder; allowed: a file/,
  );
});
