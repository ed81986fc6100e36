import assert from 'node:assert/strict';
import { existsSync, utimesSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { tempDir } from '../../test/support/temp-dir.ts';
import { loadConfig } from '../config/config.ts';
import { readRunFile, readStartFile, withRunningSystem, writeRunFile } from './run-file.ts';

const RUN = { pid: process.pid, KAFKA_BROKERS: '127.0.0.1:9,127.0.0.1:10', HOST: '::1', PORT: 7 };

test('a tool finds the system that runs on its data folder, and its own settings win', (t) => {
  const DATA_DIR = tempDir(t);
  writeRunFile(DATA_DIR, RUN);
  const of = (env: Record<string, string>) =>
    withRunningSystem(loadConfig({ DATA_DIR, ...env }), env);
  const found = of({ KAFKA_BROKERS: '' });
  assert.deepEqual(found.KAFKA_BROKERS, ['127.0.0.1:9', '127.0.0.1:10']);
  assert.deepEqual(
    [found.HOST, found.PORT, found.CONSOLE_PORT],
    ['::1', 7, loadConfig({}).CONSOLE_PORT],
  );
  const own = of({ KAFKA_BROKERS: 'k:1', PORT: '8' });
  assert.deepEqual([own.KAFKA_BROKERS, own.PORT, own.HOST], [['k:1'], 8, '::1']);
});

test('the file is gone after the end, and counts for nothing once its process is dead', (t) => {
  const dataDir = tempDir(t);
  const remove = writeRunFile(dataDir, RUN);
  assert.deepEqual(readRunFile(dataDir), RUN);
  remove();
  assert.equal(existsSync(join(dataDir, 'run.json')), false);
  // Beyond the largest pid that Linux gives.
  writeRunFile(dataDir, { ...RUN, pid: 2 ** 22 + 1 });
  assert.equal(readRunFile(dataDir), null);
});

test('the end of one start leaves the file of a later one, and a damaged file counts as none', (t) => {
  const dataDir = tempDir(t);
  const remove = writeRunFile(dataDir, { ...RUN, pid: process.ppid });
  writeRunFile(dataDir, RUN);
  remove();
  assert.deepEqual(readRunFile(dataDir), RUN);
  writeFileSync(join(dataDir, 'run.json'), '{"pid":');
  assert.equal(readRunFile(dataDir), null);
});

test('each of two starts on one folder finds its own, and a killed one leaves no file for good', (t) => {
  const dataDir = tempDir(t);
  const one = { ...RUN, pid: process.ppid, startId: 'one' };
  const two = { ...RUN, startId: 'two' };
  assert.equal(readStartFile(dataDir, 'one'), null);
  writeRunFile(dataDir, one);
  const remove = writeRunFile(dataDir, two);
  assert.deepEqual(readStartFile(dataDir, 'one'), one);
  assert.deepEqual(readStartFile(dataDir, 'two'), two);
  remove();
  assert.equal(readStartFile(dataDir, 'two'), null);
  writeRunFile(dataDir, { ...RUN, pid: 2 ** 22 + 1, startId: 'killed' });
  writeRunFile(dataDir, two);
  assert.notEqual(readStartFile(dataDir, 'killed'), null, 'it may run in another container');
  const hoursAgo = Date.now() / 1_000 - 7_200;
  for (const id of ['one', 'killed']) {
    utimesSync(join(dataDir, `run-${id}.json`), hoursAgo, hoursAgo);
  }
  writeRunFile(dataDir, two);
  assert.equal(readStartFile(dataDir, 'killed'), null);
  assert.deepEqual(readStartFile(dataDir, 'one'), one);
});
