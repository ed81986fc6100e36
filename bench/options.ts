import { z } from 'zod';
import { value } from '../common/cli/command.ts';
import type { Command } from '../common/cli/command.ts';
import { parseCommand } from '../common/cli/parse-command.ts';
import { wantedOrExit } from '../common/cli/run-command.ts';
import { int } from '../common/config/setting-types.ts';

/** An option that takes a whole number. */
export const countOption = (help: string) => value('N', help, int({ min: 1, max: 1e9 }));

/** Options of each benchmark that compares this checkout with another one. */
export const COMPARE_OPTIONS = {
  against: value('FOLDER', 'another checkout of Hookline, measured in turns', z.string().min(1)),
  rounds: countOption('how often each checkout is measured'),
};

/** Options of each benchmark that measures a delivery and a request with and without a feature. */
export const PAIRED_OPTIONS = {
  rounds: countOption('how often each is measured'),
  records: countOption('deliveries of a round'),
  requests: countOption('requests of a round'),
};

/** Reads the words of this process; ends it after the help, and after a refusal. */
export function optionsOrExit<O extends Command['options']>(command: Command<O>) {
  return wantedOrExit(command, (words, env) => parseCommand(command, words, env)).given;
}
