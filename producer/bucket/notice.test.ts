import assert from 'node:assert/strict';
import { test } from 'node:test';
import { keysOf } from './notice.ts';

const cases: readonly [title: string, eventName: string, key: string, expected: string[]][] = [
  ['a plain key', 'ObjectCreated:Put', 'in/x.csv', ['in/x.csv']],
  [
    'a key as AWS encodes it',
    'ObjectCreated:Put',
    'in/a+b%C3%BC.csv',
    ['in/a bü.csv', 'in/a+bü.csv', 'in/a+b%C3%BC.csv'],
  ],
  ['a key with a lone percent sign', 's3:ObjectCreated:Copy', 'in/5%.csv', ['in/5%.csv']],
  ['a removed object', 'ObjectRemoved:Delete', 'in/x.csv', []],
  ['tags of an object', 's3:ObjectTagging:Put', 'in/x.csv', []],
];
for (const [title, eventName, key, expected] of cases) {
  test(`${title} means ${expected.length} keys`, () => {
    assert.deepEqual(
      keysOf({ eventName, s3: { bucket: { name: 'b' }, object: { key } } }),
      expected,
    );
  });
}
