import assert from 'node:assert/strict';
import { test } from 'node:test';
import { missingOperations, rightsText } from './rights.ts';

const READ = 1 << 3;
const DESCRIBE = 1 << 8;

test('an operation is missing unless its bit is set, or one that implies it', () => {
  assert.deepEqual(missingOperations(['Read', 'Write'], READ), ['Write']);
  assert.deepEqual(missingOperations(['Describe'], READ), []);
  assert.deepEqual(missingOperations(['Read'], DESCRIBE), ['Read']);
  assert.deepEqual(missingOperations(['Describe', 'Delete'], 0), ['Describe', 'Delete']);
});

test('rights are named as an operator would give them', () => {
  const text = rightsText([
    { kind: 'topic', name: 'a', operations: ['Read', 'Write'] },
    { kind: 'group', name: 'a.', isPrefix: true, operations: ['Delete'] },
  ]);
  assert.equal(text, '  Read, Write on topic a\n  Delete on each group that begins with a.');
});
