import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parseStartArgs } from './start-args.ts';

const accepted: readonly [args: string[], consumers: number][] = [
  [[], 1],
  [['--consumers', '3'], 3],
  [['--consumers=64'], 64],
];
for (const [args, consumers] of accepted) {
  test(`"${args.join(' ')}" means ${consumers} consumer processes`, () => {
    assert.deepEqual(parseStartArgs(args), { kind: 'run', consumers });
  });
}

const refused: readonly string[][] = [
  ['--consumers', '0'],
  ['--consumers', '65'],
  ['--consumers', '-1'],
  ['--consumers', '2.5'],
  ['--consumers', '3x'],
  ['--consumers', ''],
  ['--consumers'],
  ['--consumer', '3'],
  ['--verbose'],
  ['3'],
];
for (const args of refused) {
  test(`"${args.join(' ')}" is refused with a reason that quotes it`, () => {
    const result = parseStartArgs(args);
    assert.equal(result.kind, 'refused');
    const { problems } = result as Extract<typeof result, { kind: 'refused' }>;
    assert.ok(problems.join().includes(args[0]?.replace(/^-+/, '') ?? ''), problems.join());
  });
}

test('--help asks for the usage', () => {
  assert.deepEqual(parseStartArgs(['--help']), { kind: 'help' });
});
