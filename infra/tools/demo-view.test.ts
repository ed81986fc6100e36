import assert from 'node:assert/strict';
import { test } from 'node:test';
import { describeFile, findFile, rowsSettled } from './demo-view.ts';
import type { FileView } from './demo-view.ts';

const file: FileView = {
  id: 'F',
  name: 'a.csv',
  state: 'done',
  rejected: 1,
  delivered: 15,
  retrying: 2,
  dead: 2,
};

test('delivered, dead and rejected rows are settled; those that wait are not', () => {
  assert.equal(rowsSettled(file), 18);
});

test('a file is described by what there is', () => {
  const text = 'done, 15 delivered, 2 retrying, 2 dead-lettered, 1 rejected';
  assert.equal(describeFile(file), text);
  const clean = { ...file, retrying: 0, dead: 0, rejected: 0 };
  assert.equal(describeFile(clean), 'done, 15 delivered');
});

test('a file is found by its name in a list or in a page', () => {
  assert.equal(findFile([file], 'a.csv'), file);
  assert.equal(findFile({ files: [file] }, 'a.csv'), file);
  for (const answer of [[], [file], {}, null, 'text']) {
    assert.equal(findFile(answer, 'b.csv'), undefined);
  }
});
