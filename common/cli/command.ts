import type { z } from 'zod';

/** An option that is given or not, such as `--dry-run`. */
export interface Flag {
  readonly kind: 'flag';
  readonly help: string;
}

/** An option with a value, such as `--rate 5`; a list may be given several times. */
export interface ValueOption<T> {
  readonly kind: 'value' | 'list';
  /** Stands for the value in the help, such as `N`. */
  readonly placeholder: string;
  readonly help: string;
  /** Reads the text of the value; its message says what is allowed. */
  readonly type: z.ZodType<T, string>;
}

export type Options = Readonly<Record<string, Flag | ValueOption<unknown>>>;

/** A command of the command line: its name, purpose, options and help. */
export interface Command<O extends Options = Options> {
  /** The npm script, such as `redrive` or `start`; or the path of a program that has none. */
  readonly script: string;
  readonly summary: string;
  /** The words after `--`, and what they do. */
  readonly examples: readonly (readonly [words: string, does: string])[];
  readonly options: O;
  /** One word without dashes that may be given; most commands take none. */
  readonly operand?: { readonly placeholder: string; readonly help: string };
  /** Further lines of the help. */
  readonly notes?: readonly string[];
}

/** The values of a command's options as they were given. */
export type Given<O extends Options> = {
  readonly [Name in keyof O]: O[Name] extends { readonly kind: 'flag' }
    ? boolean
    : O[Name] extends { readonly kind: 'list'; readonly type: z.ZodType<infer T, string> }
      ? readonly T[]
      : O[Name] extends { readonly type: z.ZodType<infer T, string> }
        ? T | undefined
        : never;
};

/** Reasons why a command does not run: help was requested, or words were refused. */
export type NotToRun =
  { readonly kind: 'help' } | { readonly kind: 'refused'; readonly problems: readonly string[] };

export const flag = (help: string) => ({ kind: 'flag', help }) as const;

export const value = <T>(placeholder: string, help: string, type: z.ZodType<T, string>) =>
  ({ kind: 'value', placeholder, help, type }) as const;

export const list = <T>(placeholder: string, help: string, type: z.ZodType<T, string>) =>
  ({ kind: 'list', placeholder, help, type }) as const;

/**
 * How the command is written: `npm start`, `npm run redrive`, with words behind `--`; or
 * `node bench/drain.ts`, with words behind it.
 */
export function commandLine(script: string, words = ''): string {
  if (script.endsWith('.ts')) return `node ${script} ${words}`.trimEnd();
  const npm = script === 'start' || script === 'test' ? `npm ${script}` : `npm run ${script}`;
  return words === '' ? npm : `${npm} -- ${words}`;
}
