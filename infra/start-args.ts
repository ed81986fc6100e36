import { value } from '../common/cli/command.ts';
import type { Command, NotToRun } from '../common/cli/command.ts';
import { parseCommand } from '../common/cli/parse-command.ts';
import { int } from '../common/config/setting-types.ts';

const CONSUMERS_MAX = 64;

export const START = {
  script: 'start',
  summary: 'Runs everything: Kafka, receiver, consumer, console and producer.',
  examples: [
    ['', 'starts one process of each role'],
    ['--consumers 3', 'starts three consumer processes in one group'],
  ],
  options: {
    consumers: value(
      'N',
      'number of consumer processes (default 1)',
      int({ min: 1, max: CONSUMERS_MAX }),
    ),
  },
  notes: [
    'Settings are environment variables, listed in the README. Ctrl-C drains and stops all of it;',
    'so does the end of what reads the output, as behind "| head".',
  ],
} as const satisfies Command;

export type StartArgs = { readonly kind: 'run'; readonly consumers: number } | NotToRun;

/** Reads the words after `npm start --`. */
export function parseStartArgs(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>> = {},
): StartArgs {
  const parsed = parseCommand(START, words, env);
  if (parsed.kind !== 'run') return parsed;
  return { kind: 'run', consumers: parsed.given.consumers ?? 1 };
}
