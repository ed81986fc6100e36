import { parseArgs } from 'node:util';
import type { ParseArgsConfig } from 'node:util';
import { nearestWord } from '../base/edit-distance.ts';
import type { Command, Given, NotToRun, Options } from './command.ts';
import { whatNpmKept } from './kept-by-npm.ts';

export interface Run<O extends Options> {
  readonly kind: 'run';
  readonly given: Given<O>;
  /** The word without dashes; null when there is none. */
  readonly operand: string | null;
}

/** An option as it was written. */
interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

const EDITS_MAX = 2;

/**
 * Reads the words of a command line and names every bad one. `--help` wins over all else.
 *
 * @param words what stands behind `--`
 * @param env   shows what npm kept for itself
 */
export function parseCommand<O extends Options>(
  command: Command<O>,
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): Run<O> | NotToRun {
  const { tokens } = parseArgs({
    args: [...words],
    options: nodeOptions(command.options),
    strict: false, // The messages of this file name what is allowed.
    tokens: true,
  });
  const options = tokens.filter((token) => token.kind === 'option');
  if (options.some(({ name }) => name === 'help')) return { kind: 'help' };
  const kept = whatNpmKept(command, words, env);
  if (kept !== null) return { kind: 'refused', problems: [kept] };

  const operands = tokens.flatMap((token) => (token.kind === 'positional' ? [token.value] : []));
  const allowed = command.operand ? 1 : 0;
  const given = noValues(command.options);
  const problems = options.flatMap((token) => take(command.options, token, given));
  // A word behind an option that does not exist is probably the value of that option.
  const isKnown = options.every(({ name }) => Object.hasOwn(command.options, name));
  for (const word of isKnown ? operands.slice(allowed) : []) {
    problems.push(`${word}: allowed: options only; a word belongs behind its option`);
  }
  if (problems.length > 0) return { kind: 'refused', problems };
  return { kind: 'run', given: given as Given<O>, operand: operands[0] ?? null };
}

function nodeOptions(options: Options): NonNullable<ParseArgsConfig['options']> {
  const own = Object.entries(options).map(([name, { kind }]) => {
    return [name, kind === 'flag' ? { type: 'boolean' } : { type: 'string', multiple: true }];
  });
  const help = { type: 'boolean', short: 'h' } as const;
  return { ...(Object.fromEntries(own) as NonNullable<ParseArgsConfig['options']>), help };
}

function noValues(options: Options): Record<string, unknown> {
  const empty = { flag: false, value: undefined, list: [] };
  return Object.fromEntries(Object.entries(options).map(([name, { kind }]) => [name, empty[kind]]));
}

/** Puts one option's value into `given`. @returns the problems with it */
function take(options: Options, token: OptionToken, given: Record<string, unknown>): string[] {
  const { name, rawName, value } = token;
  const option = Object.hasOwn(options, name) ? options[name] : undefined;
  if (!option) return [unknownOption(rawName, Object.keys(options))];
  if (option.kind === 'flag') {
    given[name] = true;
    return token.inlineValue ? [`${rawName}=${value}: allowed: ${rawName} without a value`] : [];
  }
  if (value === undefined) return [`${rawName}: allowed: ${rawName} ${option.placeholder}`];
  const shown = `${rawName} ${JSON.stringify(value)}`;
  if (!token.inlineValue && /^-./.test(value)) {
    return [`${shown}: a value with a dash in front is written as ${rawName}=${value}`];
  }
  const parsed = option.type.safeParse(value);
  if (!parsed.success) return parsed.error.issues.map(({ message }) => `${shown}: ${message}`);
  if (option.kind === 'list') given[name] = [...(given[name] as unknown[]), parsed.data];
  else if (given[name] === undefined) given[name] = parsed.data;
  else return [`${shown}: allowed: ${rawName} once`];
  return [];
}

function unknownOption(rawName: string, known: readonly string[]): string {
  const near = nearestWord(rawName.replace(/^-+/, ''), [...known, 'help'], EDITS_MAX);
  const allowed = [...known, 'help'].map((name) => `--${name}`).join(', ');
  const hint = near === undefined ? `allowed: ${allowed}` : `did you mean --${near}?`;
  return `${rawName}: there is no such option; ${hint}`;
}
