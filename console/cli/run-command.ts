import { AppError } from '../../common/errors.ts';

type NotToRun =
  { readonly kind: 'help' } | { readonly kind: 'refused'; readonly problems: readonly string[] };

const INTERRUPTED_EXIT_CODE = 130;

/**
 * Does what a command's words ask for: runs it, or shows how it is used. Exit code 1 when the
 * words are refused or what is thrown is an `AppError`, whose message is said in plain words.
 */
export async function runCommand<Wanted extends { readonly kind: 'run' | 'resume' }>(
  args: Wanted | NotToRun,
  usage: string,
  run: (wanted: Wanted) => Promise<void>,
): Promise<void> {
  if (args.kind === 'help') return console.log(usage);
  if (args.kind === 'refused') {
    console.error(`${args.problems.join('\n')}\n\n${usage}`);
    process.exitCode = 1;
    return;
  }
  await run(args).catch((error: unknown) => {
    if (!(error instanceof AppError)) throw error;
    console.error(error.message);
    process.exitCode = 1;
  });
  // kafkajs may still hold a timer or a socket; everything is written by now.
  process.exit();
}

/** Aborts at Ctrl-C or SIGTERM, so that the work ends in order; the exit code is then 130. */
export function interruptSignal(): AbortSignal {
  const interrupt = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) {
    process.on(name, () => {
      process.exitCode = INTERRUPTED_EXIT_CODE;
      interrupt.abort();
    });
  }
  return interrupt.signal;
}
