import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseReplayArgs } from './replay-args.ts';
import type { ReplayRequest } from './replay-state.ts';

const NOW = Date.UTC(2026, 0, 31, 8);
const parse = (line: string) =>
  parseReplayArgs(
    line.split(' ').filter((word) => word !== ''),
    NOW,
  );
const NONE = { to: null, subscription: null, user: null, topic: null, partition: null, rate: null };

const taken: readonly [line: string, request: Partial<ReplayRequest> & { from: string }][] = [
  ['--from earliest', { from: 'earliest' }],
  ['--from 17 --to 18', { from: '17', to: '18' }],
  [
    '--from 2026-01-31T08:00:00Z --to 2026-02-01',
    { from: '2026-01-31T08:00:00Z', to: '2026-02-01' },
  ],
  ['--from 90m --to 10m', { from: '2026-01-31T06:30:00.000Z', to: '2026-01-31T07:50:00.000Z' }],
  ['--from 0 --user u --subscription s', { from: '0', user: 'u', subscription: 's' }],
  ['--from 0 --topic w.deliveries-bulk', { from: '0', topic: 'w.deliveries-bulk' }],
  ['--from 0 --partition 3 --rate 0.5', { from: '0', partition: 3, rate: 0.5 }],
];
for (const [line, request] of taken) {
  test(`taken: ${line}`, () => {
    assert.deepEqual(parse(line), {
      kind: 'run',
      request: { ...NONE, ...request },
      isDryRun: false,
    });
  });
}

test('a dry run, help, and going on by id', () => {
  const dry = parse('--from earliest --dry-run');
  assert.equal(dry.kind === 'run' && dry.isDryRun, true);
  for (const word of ['--help', '-h']) assert.equal(parse(word).kind, 'help');
  assert.deepEqual(parse('--resume r-1'), { kind: 'resume', id: 'r-1' });
  assert.deepEqual(parse('--resume r-1 --rate 20'), { kind: 'resume', id: 'r-1', rate: 20 });
});

const refused: readonly [line: string, says: RegExp][] = [
  ['', /--from "": allowed: an ISO time.*, an offset or earliest/],
  ['--from latest', /--from "latest": allowed/],
  ['--from yesterday', /--from "yesterday": allowed/],
  ['--from 2026-01-31T08:00', /--from .*with its zone/],
  ['--from 0 --to earliest', /--to "earliest": allowed: an ISO time.* or an offset/],
  ['--from 5 --to 5', /--to "5": allowed: a time or an offset after/],
  ['--from 2026-01-31 --to 2026-01-30', /--to .* after/],
  ['--from 10m --to 1h', /--to "1h": .* after/],
  ['--from 10m --to 2026-01-31', /--to .* after/],
  ['--from 0 --partition x', /--partition "x": allowed: the number of a partition/],
  ['--from 0 --rate 0', /--rate "0": allowed: a number above 0/],
  ['--from 0 --rate fast', /--rate "fast": allowed: a number above 0/],
  ['--from 0 --topic=', /--topic "": allowed: the topic of one lane/],
  ['--from 0 --user=', /--user "": allowed: the id of a user/],
  ['--from 0 --status 500', /status/],
  ['--resume r-1 --from 0', /--from: the window of r-1 was fixed/],
  ['--resume r-1 --rate 0', /--rate "0": allowed/],
  ['--resume r-1 --dry-run', /--dry-run: the window of r-1 was fixed/],
  ['--resume=', /--resume "": allowed/],
];
for (const [line, says] of refused) {
  test(`refused: ${line || 'nothing'}`, () => {
    const args = parse(line);
    assert.ok(args.kind === 'refused', line);
    assert.match(args.problems.join('\n'), says);
  });
}
