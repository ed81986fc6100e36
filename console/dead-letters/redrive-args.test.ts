import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_DEAD_LETTERS } from './redrive-filter.ts';
import type { RedriveFilter } from './redrive-filter.ts';
import { parseRedriveArgs } from './redrive-args.ts';

const NOW_MS = Date.parse('2026-01-31T08:00:00Z');
const parse = (line: string) =>
  parseRedriveArgs(
    line.split(' ').filter((word) => word !== ''),
    NOW_MS,
  );

const filters: readonly [line: string, filter: Partial<RedriveFilter>][] = [
  ['--all', {}],
  ['--id a', { ids: new Set(['a']) }],
  ['--id a --id b', { ids: new Set(['a', 'b']) }],
  ['--subscription s --user u --status 503', { subscription: 's', user: 'u', status: 503 }],
  ['--since 2h', { sinceMs: NOW_MS - 7_200_000 }],
  ['--since 2026-01-31T07:00:00Z', { sinceMs: NOW_MS - 3_600_000 }],
  ['--user=--odd', { user: '--odd' }],
];
for (const [line, filter] of filters) {
  test(`taken: ${line || 'nothing'}`, () => {
    assert.deepEqual(parse(line), {
      kind: 'run',
      options: { filter: { ...ALL_DEAD_LETTERS, ...filter }, rate: null, isDryRun: false },
      isUnconfirmed: false,
    });
  });
}

test('a rate may be a fraction, and a dry run is one', () => {
  const args = parse('--rate 0.5 --dry-run');
  assert.ok(args.kind === 'run');
  assert.equal(args.options.rate, 0.5);
  assert.equal(args.options.isDryRun, true);
});

for (const line of ['', '--rate 5']) {
  test(`every dead letter, and nobody has said so: ${line || 'nothing'}`, () => {
    const args = parse(line);
    assert.ok(args.kind === 'run');
    assert.equal(args.isUnconfirmed, true);
  });
}

test('what changes nothing needs no confirmation', () => {
  const args = parse('--dry-run');
  assert.ok(args.kind === 'run');
  assert.equal(args.isUnconfirmed, false);
});

test('help', () => {
  for (const word of ['--help', '-h']) assert.equal(parse(word).kind, 'help');
});

const refused: readonly [line: string, problems: RegExp[]][] = [
  ['--since yesterday', [/^--since "yesterday": allowed: an ISO time .* 2h or 1d$/]],
  ['--since 2026-01-31T08:00:00', [/^--since /]],
  ['--status ok', [/^--status "ok": allowed: a whole number from 100 to 599$/]],
  ['--status 99', [/^--status "99"/]],
  ['--rate 0', [/^--rate "0": allowed: a number above 0/]],
  ['--rate=', [/^--rate "": allowed: a number above 0/]],
  ['--rate -1', [/--rate/]],
  ['--user=', [/^--user "": allowed: the id of a user$/]],
  ['--id a --id=', [/^--id "": allowed: the id of a delivery$/]],
  ['--status x --rate y', [/^--status "x"/, /^--rate "y"/]],
  ['--colour red', [/--colour/]],
  ['all', [/all/]],
  ['--id', [/--id/]],
  ['--all --user u', [/^--all: allowed: --all or a filter/]],
  ['--user a --user b', [/^--user "b": allowed: --user once$/]],
  ['--dry-run=false', [/^--dry-run=false: allowed: --dry-run without a value$/]],
  ['--user --dry-run', [/^--user "--dry-run": .* --user=--dry-run$/]],
];
for (const [line, problems] of refused) {
  test(`refused: ${line}`, () => {
    const args = parse(line);
    assert.ok(args.kind === 'refused', args.kind);
    assert.equal(args.problems.length, problems.length, args.problems.join('\n'));
    problems.forEach((problem, index) => assert.match(args.problems[index] ?? '', problem));
  });
}
