import { AppError } from '../base/errors.ts';
import { onClosedOutput } from './closed-output.ts';
import type { Command, NotToRun } from './command.ts';
import { usageText } from './usage.ts';
import { withoutNpmrc } from './npm-settings.ts';

type Env = Readonly<Record<string, string | undefined>>;

const INTERRUPTED_EXIT_CODE = 130;

/** Ends the work in order when the output is closed; null: the process just ends. */
let endInOrder: (() => void) | null = null;

/**
 * Does what the words behind a command ask for: runs the command, or shows how it is used. Exit
 * code 1 when the words are refused or what is thrown is an `AppError`, whose message is said in
 * plain words; 0 when the reader of the output has gone.
 *
 * @param parse reads the words; the environment shows what npm kept of them
 */
export async function runCommand<Wanted extends { readonly kind: 'run' | 'resume' }>(
  command: Command,
  parse: (words: readonly string[], env: Env) => Wanted | NotToRun,
  run: (wanted: Wanted) => Promise<void>,
): Promise<void> {
  onClosedOutput(() => (endInOrder ? endInOrder() : process.exit(0)));
  const wanted = wantedOrExit(command, parse);
  await run(wanted).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
  // kafkajs may still hold a timer or a socket; everything is written by now.
  process.exit();
}

/** Reads the words of this process; ends it after the help, and after a refusal. */
export function wantedOrExit<Wanted extends { readonly kind: string }>(
  command: Command,
  parse: (words: readonly string[], env: Env) => Wanted | NotToRun,
): Exclude<Wanted, NotToRun> {
  const wanted = parse(process.argv.slice(2), withoutNpmrc(process.env));
  if (isNotToRun(wanted)) {
    const usage = `${usageText(command)}\n`;
    if (wanted.kind === 'refused')
      process.stderr.write(`${wanted.problems.join('\n')}\n\n${usage}`);
    else process.stdout.write(usage);
    process.exit(wanted.kind === 'refused' ? 1 : 0);
  }
  return wanted as Exclude<Wanted, NotToRun>;
}

function isNotToRun(wanted: { readonly kind: string }): wanted is NotToRun {
  return wanted.kind === 'help' || wanted.kind === 'refused';
}

/**
 * Aborts at Ctrl-C or SIGTERM, so that the work ends in order; the exit code is then 130. It
 * aborts as well, with 0, when the reader of the output has gone.
 */
export function interruptSignal(): AbortSignal {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      process.exitCode = INTERRUPTED_EXIT_CODE;
      interrupt.abort();
    });
  }
  endInOrder = () => interrupt.abort();
  return interrupt.signal;
}
