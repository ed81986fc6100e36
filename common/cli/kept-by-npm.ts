import { nearestWord } from '../base/edit-distance.ts';
import { commandLine } from './command.ts';
import type { Command, Options } from './command.ts';

type Env = Readonly<Record<string, string | undefined>>;

const PREFIX = 'npm_config_';
/**
 * npm completes an option that is the beginning of one of its own: `--to` is read as
 * `--token-description` by npm 11.
 */
const COMPLETED_BY_NPM: Readonly<Record<string, string>> = { token_description: 'to' };
/** A shorter name is too near to many others. */
const NEAR_LENGTH_MIN = 4;

interface Kept {
  readonly option: string;
  /** `true` when npm took the option for a flag; the value is then a word of its own. */
  readonly value: string;
}

/**
 * Finds the options that were written in front of `--`. npm takes those for its own: the command
 * does not see them, and would do something else than what was asked for.
 *
 * @param words what did reach the command
 * @returns a problem to refuse with; null when npm kept none
 * @see https://docs.npmjs.com/cli/v11/commands/npm-run#description
 */
export function whatNpmKept(
  { script, options }: Command,
  words: readonly string[],
  env: Env,
): string | null {
  // Another script, or no npm at all: its options were not meant for this command.
  if (env['npm_lifecycle_event'] !== script) return null;
  const kept = keptOptions(options, env);
  if (kept.length === 0) return null;
  const names = kept.map(({ option }) => `--${option}`).join(', ');
  const meant = commandLine(script, writtenBehind(kept, options, words));
  return (
    `npm has kept ${names} for itself, as it stands in front of "--"; nothing was done.\n` +
    `Write it behind two dashes: ${meant}`
  );
}

function keptOptions(options: Options, env: Env): Kept[] {
  const known = new Map(Object.keys(options).map((name) => [name.replaceAll('-', '_'), name]));
  return Object.entries(env).flatMap(([variable, value]) => {
    // Older versions of npm pass on every option of theirs, those that are not set as empty.
    if (!variable.startsWith(PREFIX) || !value) return [];
    const given = variable.slice(PREFIX.length).toLowerCase();
    const near =
      given.length < NEAR_LENGTH_MIN ? undefined : nearestWord(given, [...known.keys()], 1);
    const option = known.get(COMPLETED_BY_NPM[given] ?? given) ?? known.get(near ?? '');
    return option === undefined ? [] : [{ option, value }];
  });
}

/** The options as they should have been written, with the values as far as they are known. */
function writtenBehind(kept: readonly Kept[], options: Options, words: readonly string[]): string {
  const apart = words.filter((word) => !word.startsWith('-'));
  const wanting = kept.filter(
    ({ option, value }) => value === 'true' && options[option]?.kind !== 'flag',
  );
  return kept
    .flatMap((one) => {
      const option = options[one.option];
      if (!option || option.kind === 'flag') return [`--${one.option}`];
      if (!wanting.includes(one)) {
        // npm joins the values of a repeated option with empty lines.
        return one.value.split('\n\n').map((text) => `--${one.option} ${text}`);
      }
      // With several wanting options, nothing says which word belongs to which option.
      const word = wanting.length === 1 && apart.length === 1 ? apart[0] : option.placeholder;
      return [`--${one.option} ${word}`];
    })
    .join(' ');
}
