import assert from 'node:assert/strict';
import { test } from 'node:test';
import { int, text } from '../config/setting-types.ts';
import { flag, list, value } from './command.ts';
import type { Command } from './command.ts';
import { parseCommand } from './parse-command.ts';
import { usageText } from './usage.ts';

const COPY = {
  script: 'copy',
  summary: 'Copies.',
  examples: [['--rate 5 --user u', 'copies slowly']],
  options: {
    rate: value('N', 'how fast', int({ min: 1, max: 9 })),
    user: value('ID', 'whose', text()),
    id: list('ID', 'which', text()),
    to: value('T', 'up to', text()),
    'dry-run': flag('changes nothing'),
  },
} as const satisfies Command;

const words = (line: string) => line.split(' ').filter((word) => word !== '');
const parse = (line: string, env: Record<string, string> = {}) =>
  parseCommand(COPY, words(line), env);

const NOTHING = { rate: undefined, user: undefined, id: [], to: undefined, 'dry-run': false };
const taken: readonly [line: string, given: object][] = [
  ['', {}],
  ['--rate 5 --dry-run', { rate: 5, 'dry-run': true }],
  ['--rate=5 --id a --id=b', { rate: 5, id: ['a', 'b'] }],
  ['--user=--odd', { user: '--odd' }],
  ['--user=', { user: '' }],
];
for (const [line, given] of taken) {
  test(`taken: ${line || 'nothing'}`, () => {
    assert.deepEqual(parse(line), {
      kind: 'run',
      given: { ...NOTHING, ...given },
      operand: null,
    });
  });
}

const refused: readonly [line: string, problems: RegExp[]][] = [
  ['--rate 10', [/^--rate "10": allowed: a whole number from 1 to 9$/]],
  ['--rate', [/^--rate: allowed: --rate N$/]],
  ['--rate -1', [/^--rate "-1": a value with a dash in front is written as --rate=-1$/]],
  ['--dry-run=no', [/^--dry-run=no: allowed: --dry-run without a value$/]],
  ['--no-dry-run', [/^--no-dry-run: there is no such option/]],
  ['--dryrun', [/^--dryrun: there is no such option; did you mean --dry-run\?$/]],
  ['--usr u', [/^--usr: .* did you mean --user\?$/]],
  ['--colour', [/^--colour: .* allowed: --rate, --user, --id, --to, --dry-run, --help$/]],
  ['-x', [/^-x: there is no such option/]],
  ['5', [/^5: allowed: options only/]],
  ['--user a --user b', [/^--user "b": allowed: --user once$/]],
  ['--rate x --colour', [/^--rate "x"/, /^--colour/]],
];
for (const [line, problems] of refused) {
  test(`refused: ${line}`, () => {
    const parsed = parse(line);
    assert.ok(parsed.kind === 'refused', parsed.kind);
    assert.equal(parsed.problems.length, problems.length, parsed.problems.join('\n'));
    problems.forEach((problem, index) => assert.match(parsed.problems[index] ?? '', problem));
  });
}

test('help wins over every other word, good or bad', () => {
  for (const line of ['--help', '-h', '--dry-run --help', '--rate x -h 5']) {
    assert.deepEqual(parse(line), { kind: 'help' });
  }
});

test('a command with an operand takes one word, and no second one', () => {
  const command = { ...COPY, operand: { placeholder: 'WORD', help: 'which' } };
  const one = parseCommand(command, ['a'], {});
  assert.equal(one.kind === 'run' && one.operand, 'a');
  assert.equal(parseCommand(command, ['a', 'b'], {}).kind, 'refused');
});

test('the help shows what the command does, examples, and each option', () => {
  const usage = usageText(COPY);
  assert.match(usage, /^Copies\.\n\n {2}npm run copy -- --rate 5 --user u {2}copies slowly\n/);
  assert.match(usage, /^ {2}--rate N +how fast$/m);
  assert.match(usage, /^ {2}--id ID +which; may be given several times$/m);
  assert.match(usage, /^ {2}--help, -h +shows this text and does nothing else$/m);
});

// Environment variables that npm 10 and 11 make of words in front of `--`, as seen with npm 10.9.2
// and 11.19.1.
const ownOfNpm = {
  npm_lifecycle_event: 'copy',
  npm_config_user_agent: 'npm/11.19.1 node/v24.21.0 linux x64 workspaces/false',
  npm_config_userconfig: '/home/u/.npmrc',
  npm_config_noproxy: '',
  npm_config_yes: '',
  npm_config_cache: '/home/u/.npm',
};
const kept: readonly [npm: Record<string, string>, words: string, meant: string][] = [
  [{ npm_config_dry_run: 'true' }, '', '--dry-run'],
  [{ npm_config_rate: 'true' }, '5', '--rate 5'],
  [{ npm_config_user: 'u1' }, '', '--user u1'],
  [{ npm_config_to: 'true' }, 'earliest', '--to earliest'],
  // npm 11 completes --to to its own --token-description.
  [{ npm_config_token_description: 'earliest' }, '', '--to earliest'],
  [{ npm_config_id: 'a\n\nb' }, '', '--id a --id b'],
  [{ npm_config_rate: 'true', npm_config_dry_run: 'true' }, '5', '--rate 5 --dry-run'],
  [{ npm_config_rate: 'true', npm_config_user: 'true' }, '5 u', '--rate N --user ID'],
  [{ npm_config_dryrun: 'true' }, '', '--dry-run'],
  [{ npm_config_dry_run: 'true' }, '--rate 5', '--dry-run'],
];
for (const [npm, line, meant] of kept) {
  test(`refused, as npm kept ${Object.keys(npm).join()} with "${line}"`, () => {
    const parsed = parse(line, { ...ownOfNpm, ...npm });
    assert.ok(parsed.kind === 'refused', parsed.kind);
    const [problem = ''] = parsed.problems;
    assert.match(problem, /^npm has kept --.* for itself/);
    assert.ok(problem.endsWith(`: npm run copy -- ${meant}`), problem);
  });
}

const innocent: readonly [title: string, env: Record<string, string>][] = [
  ['the settings of npm itself', ownOfNpm],
  ['an option that is not set', { ...ownOfNpm, npm_config_dry_run: '' }],
  ['an option of npm that none of ours is like', { ...ownOfNpm, npm_config_loglevel: 'silent' }],
  ['another script', { npm_lifecycle_event: 'test', npm_config_dry_run: 'true' }],
  ['no npm', { npm_config_dry_run: 'true' }],
];
for (const [title, env] of innocent) {
  test(`not taken for a word of ours: ${title}`, () => {
    assert.equal(parse('--rate 5', env).kind, 'run');
  });
}
