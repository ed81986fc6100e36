import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseGenerateArgs } from './generate-args.ts';
import type { GenerateOptions } from './generate-args.ts';

const good: readonly [args: string, options: Partial<GenerateOptions>][] = [
  ['--rows 10 --out a.csv', { target: { kind: 'rows', rows: 10 }, out: 'a.csv', users: 1_000 }],
  ['--size 2GB --out a.csv', { target: { kind: 'bytes', bytes: 2e9 }, seed: 1 }],
  ['--size 1.5kb --out a.csv', { target: { kind: 'bytes', bytes: 1_500 } }],
  ['--size 1MiB --out a.csv', { target: { kind: 'bytes', bytes: 1_048_576 } }],
  ['--size 700 --out a.csv', { target: { kind: 'bytes', bytes: 700 } }],
  ['--rows=5 --users=3 --seed=0 --out=b', { users: 3, seed: 0, out: 'b' }],
];
for (const [args, expected] of good) {
  test(`"${args}" is understood`, () => {
    const parsed = parseGenerateArgs(args.split(' '));
    assert.equal(parsed.kind, 'run');
    assert.deepEqual({ ...parsed.options, ...expected }, parsed.options);
  });
}

const bad: readonly [args: string, problems: RegExp[]][] = [
  ['', [/^--out: allowed: a file$/, /^--rows, --size: allowed: one of the two$/]],
  ['--rows 1 --size 1MB --out a', [/^--rows, --size: allowed: one/]],
  ['--rows many --out a', [/^--rows "many": allowed: a whole number from 1 to/]],
  ['--rows 0 --out a', [/^--rows "0": allowed/]],
  [
    '--size 2XB --out a',
    [/^--size "2XB": allowed: 1 to 10000000000000 bytes, or with a unit .* such as 2GB$/],
  ],
  ['--size 0 --out a', [/^--size "0": allowed/]],
  ['--size -1 --out a', [/^--size "-1": a value with a dash .* --size=-1$/]],
  ['--rows 1 --users 0 --seed x --out a', [/^--users "0": allowed/, /^--seed "x": allowed/]],
  ['--rows 1 --out a --colour red', [/^--colour: there is no such option; allowed: --rows/]],
  ['--rows 1 --out a more', [/^more: allowed: options only/]],
];
for (const [args, expected] of bad) {
  test(`"${args}" is refused with what is allowed`, () => {
    const parsed = parseGenerateArgs(args === '' ? [] : args.split(' '));
    assert.equal(parsed.kind, 'refused');
    assert.equal(parsed.problems.length, expected.length, parsed.problems.join('\n'));
    expected.forEach((pattern, index) => assert.match(parsed.problems[index] ?? '', pattern));
  });
}

test('--help asks for the usage', () => {
  assert.equal(parseGenerateArgs(['--help']).kind, 'help');
});
