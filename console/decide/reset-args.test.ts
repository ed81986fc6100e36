import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResetArgs } from './reset-args.ts';
import type { ResetArgs } from './reset-args.ts';

const run = (target: (ResetArgs & { kind: 'run' })['target']): ResetArgs => ({
  kind: 'run',
  target,
  topic: null,
  isDryRun: false,
});

const accepted: readonly [args: string[], expected: ResetArgs][] = [
  [['--to', 'earliest'], run({ kind: 'earliest' })],
  [['--to', 'latest'], run({ kind: 'latest' })],
  [['--to', '42'], run({ kind: 'offset', offset: 42 })],
  [['--to', '2026-01-01T00:00:00Z'], run({ kind: 'time', atMs: Date.UTC(2026, 0, 1) })],
  [
    ['--to', '0', '--topic', 't', '--dry-run'],
    { kind: 'run', target: { kind: 'offset', offset: 0 }, topic: 't', isDryRun: true },
  ],
  [['-h'], { kind: 'help' }],
];
for (const [args, expected] of accepted) {
  test(`reset ${args.join(' ')}`, () => assert.deepEqual(parseResetArgs(args), expected));
}

for (const args of [
  [],
  ['--to', ''],
  ['--to', '-1'],
  ['--to', 'yesterday'],
  ['--to', '1.5'],
  ['--to', 'earliest', '--topic', ''],
  ['--to', 'earliest', '--group', 'x'],
  ['earliest'],
]) {
  test(`reset ${args.join(' ')}: refused`, () => {
    assert.equal(parseResetArgs(args).kind, 'refused');
  });
}
