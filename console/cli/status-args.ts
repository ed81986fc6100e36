import { flag } from '../../common/cli/command.ts';
import type { Command, NotToRun } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';

export const STATUS = {
  script: 'status',
  summary: 'Shows the status of the running system: files, lag, endpoints, dead letters.',
  examples: [
    ['', 'shows the status once'],
    ['--watch', 'shows the status every second'],
    ['--json', 'prints the answer of GET /status'],
  ],
  options: {
    watch: flag('shows the status again every second, until Ctrl-C'),
    json: flag('prints JSON, one line for each status'),
  },
} as const satisfies Command;

export type StatusArgs =
  { readonly kind: 'run'; readonly isWatching: boolean; readonly isJson: boolean } | NotToRun;

/** Reads the words after `npm run status --`. */
export function parseStatusArgs(
  words: readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): StatusArgs {
  const parsed = parseCommand(STATUS, words, env);
  if (parsed.kind !== 'run') return parsed;
  return { kind: 'run', isWatching: parsed.given.watch, isJson: parsed.given.json };
}
