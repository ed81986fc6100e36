import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseResetArgs } from './reset-args.ts';
import type { ResetArgs } from './reset-args.ts';

const NOW = Date.UTC(2026, 0, 31, 8);

type Run = ResetArgs & { kind: 'run' };

const run = (target: Run['target']): Run => ({
  kind: 'run',
  target,
  topic: null,
  subscription: null,
  isDryRun: false,
});

const accepted: readonly [args: string[], expected: ResetArgs][] = [
  [['--to', 'earliest'], run({ kind: 'earliest' })],
  [['--to', 'latest'], run({ kind: 'latest' })],
  [['--to', '42'], run({ kind: 'offset', offset: 42 })],
  [['--to', '2026-01-01T00:00:00Z'], run({ kind: 'time', atMs: Date.UTC(2026, 0, 1) })],
  [
    ['--to', '0', '--topic', 't', '--dry-run'],
    { ...run({ kind: 'offset', offset: 0 }), ...{ topic: 't', isDryRun: true } },
  ],
  [
    ['--to', 'latest', '--subscription', 'sub_1'],
    { ...run({ kind: 'latest' }), ...{ subscription: 'sub_1' } },
  ],
  [['--to', '2h'], run({ kind: 'time', atMs: NOW - 7_200_000 })],
  [['-h'], { kind: 'help' }],
];
for (const [args, expected] of accepted) {
  test(`reset ${args.join(' ')}`, () => assert.deepEqual(parseResetArgs(args, NOW), expected));
}

for (const args of [
  [],
  ['--to', ''],
  ['--to', '-1'],
  ['--to', 'yesterday'],
  ['--to', '1.5'],
  ['--to', 'earliest', '--topic', ''],
  ['--to', 'earliest', '--subscription', ''],
  ['--to', 'earliest', '--group', 'x'],
  ['earliest'],
]) {
  test(`reset ${args.join(' ')}: refused`, () => {
    assert.equal(parseResetArgs(args, NOW).kind, 'refused');
  });
}
