import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { test } from 'node:test';
import { ALLOWED, licenceTable, licensedPackages } from './licences.ts';
import type { LockFile } from './licences.ts';

const ROOT = join(import.meta.dirname, '../..');
const lock = JSON.parse(readFileSync(join(ROOT, 'package-lock.json'), 'utf8')) as LockFile;

test('every package of the image has a licence under which it may be passed on', () => {
  const refused = licensedPackages(lock).filter(({ licence }) => !ALLOWED.has(licence));
  assert.deepEqual(refused, []);
});

test('the list of licences in the documents is that of the lock file', () => {
  const document = readFileSync(join(ROOT, 'docs/supply-chain.md'), 'utf8');
  assert.ok(
    document.includes(licenceTable(licensedPackages(lock))),
    'out of date: npm run docs:licences',
  );
});

test('packages for development alone are no part of it, and each version counts once', () => {
  const packages = {
    '': { version: '1.0.0' },
    'node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/b/node_modules/a': { version: '1.0.0', license: 'MIT' },
    'node_modules/@x/b': { version: '2.0.0' },
    'node_modules/test': { version: '1.0.0', license: 'GPL-3.0', dev: true },
  };
  assert.deepEqual(licensedPackages({ packages }), [
    { name: '@x/b', version: '2.0.0', licence: 'none named' },
    { name: 'a', version: '1.0.0', licence: 'MIT' },
  ]);
});
