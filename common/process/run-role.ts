import { readFileSync } from 'node:fs';
import { getCACertificates, setDefaultCACertificates } from 'node:tls';
import { onClosedOutput } from '../cli/closed-output.ts';
import { parseCommand } from '../cli/parse-command.ts';
import { ROLE_COMMANDS } from '../cli/role-commands.ts';
import { wantedOrExit } from '../cli/run-command.ts';
import { whenStarted } from './await-start.ts';
import { collectGarbage } from './collect-garbage.ts';
import { loadConfig } from '../config/config.ts';
import type { Config } from '../config/config.ts';
import { AppError, ConfigError, messageOf } from '../base/errors.ts';
import { createLogger } from '../base/logger.ts';
import type { Logger } from '../base/logger.ts';
import { createRegistry } from './metrics.ts';
import type { Registry } from './metrics.ts';
import { withRunningSystem } from './run-file.ts';

/** Exit code after a second signal, which cuts the orderly close short. */
export const FORCED_EXIT_CODE = 130;
/** npm passes on the Ctrl-C that the terminal has sent already: two signals, one key press. */
const ONE_KEY_PRESS_MS = 1_000;
/**
 * Longest time of a close after a fault, in ms: it may hang on the broken part, and nobody else
 * would end us.
 */
const FAILED_CLOSE_MS_MAX = 30_000;
const GIVE_BACK_AFTER_MS = 10_000;
const AT_REST_BYTES_MAX = 64 * 1024 ** 2;

export interface Role {
  readonly config: Config;
  readonly logger: Logger;
  /** Metrics that `/metrics` shows. */
  readonly registry: Registry;
  /** Resources to close, last opened first, on SIGTERM, SIGINT or a failed start. */
  readonly open: AsyncDisposableStack;
  /** Ends the process with exit code 1 after an orderly close: for faults a restart may cure. */
  readonly fail: (reason: unknown) => void;
}

/**
 * The life of one process: settings, then parts, then a wait for a signal, then an orderly close.
 * Settings come from the environment and from a `.env` file; the environment wins.
 * A process whose output nobody reads any more stops like one that got a signal.
 * Exit codes: 0 stopped by signal, 1 refused to start or failed, 130 a second signal forced it.
 */
export async function runRole(name: string, start: (role: Role) => Promise<void>): Promise<void> {
  const command = ROLE_COMMANDS[name];
  if (command) wantedOrExit(command, (words, env) => parseCommand(command, words, env));
  const config = loadConfigOrExit();
  const logger = createLogger(name, config.LOG_LEVEL);
  const registry = createRegistry(name);
  const failed = Promise.withResolvers<void>();
  const fail = (reason: unknown) => {
    // A setting to change is for the person who has started us.
    if (reason instanceof ConfigError) process.stderr.write(`${reason.message}\n`);
    else logger.fatal({ err: reason }, 'process.failed');
    process.exitCode = 1;
    setTimeout(() => process.exit(), FAILED_CLOSE_MS_MAX).unref();
    failed.resolve();
  };
  // Listening before the start: a signal that comes while parts open must still close them.
  const signal = stopSignal();
  const open = new AsyncDisposableStack();
  try {
    const isOver = Promise.race([signal, failed.promise]);
    // A start that waits for what has failed would never end.
    const begun = whenStarted(config).then((settings) =>
      open.disposed ? undefined : start({ config: settings, logger, registry, open, fail }),
    );
    void begun.then(giveBackSoon, () => undefined);
    await Promise.race([begun, isOver]);
    await isOver;
    logger.info('process.stopping');
  } catch (error) {
    // Made for the person who starts us: as plain as a refused setting.
    if (error instanceof AppError) process.stderr.write(`${error.message}\n`);
    else logger.fatal({ err: error }, 'process.start-failed');
    process.exitCode = 1;
  }
  await open.disposeAsync().catch((error: unknown) => {
    logger.error({ err: error }, 'process.close-failed');
    process.exitCode = 1;
  });
  logger.info('process.stopped');
  // Some library may still hold a timer or a socket; everything of ours is closed by now.
  process.exit();
}

/**
 * V8 keeps what it needed to load and connect everything, a sixth of what a process at rest has.
 * One that is at work by then has a use for it.
 */
function giveBackSoon(): void {
  const give = () => {
    if (process.memoryUsage().heapUsed > AT_REST_BYTES_MAX) return;
    collectGarbage({ type: 'major', execution: 'sync', flavor: 'last-resort' });
  };
  setTimeout(give, GIVE_BACK_AFTER_MS).unref();
}

/** Resolves at the first SIGTERM or SIGINT; another, later than a key press, ends us at once. */
function stopSignal(): Promise<void> {
  const first = Promise.withResolvers<void>();
  let firstAt: number | null = null;
  const onSignal = () => {
    firstAt ??= performance.now();
    if (performance.now() - firstAt > ONE_KEY_PRESS_MS) process.exit(FORCED_EXIT_CODE);
    first.resolve();
  };
  process.on('SIGTERM', onSignal);
  process.on('SIGINT', onSignal);
  // The output ends as behind `| head`. A process that continued unseen would be found only by its
  // work.
  let isClosed = false;
  onClosedOutput(() => {
    const isFirst = !isClosed;
    isClosed = true;
    if (isFirst) process.stderr.write('Nobody reads the output any more: stopping.\n');
    first.resolve();
  });
  // Neither a listener nor a pending promise keeps Node running; a role waits even when idle.
  setInterval(() => undefined, 60_000);
  return first.promise;
}

/** Trusts further certificate authorities in every TLS connection of this process. */
function trustAuthorities(file: string): void {
  try {
    setDefaultCACertificates([...getCACertificates('default'), readFileSync(file, 'utf8')]);
  } catch (error) {
    process.stderr.write(
      `NODE_EXTRA_CA_CERTS=${JSON.stringify(file)}: ${messageOf(error)}; ` +
        'allowed: the path of a file with CA certificates in PEM form\n',
    );
    process.exit(1);
  }
}

/** Settings of this process, or exit code 1 with one line for each bad one. */
export function loadConfigOrExit(): Config {
  const { NODE_EXTRA_CA_CERTS: known } = process.env;
  try {
    process.loadEnvFile('.env');
  } catch {
    // No .env file is the usual case.
  }
  const { NODE_EXTRA_CA_CERTS: authorities } = process.env;
  // Node itself has read the file only if the environment named it at the start.
  if (authorities && !known) trustAuthorities(authorities);
  try {
    return loadConfig(process.env);
  } catch (error) {
    process.stderr.write(`${error instanceof ConfigError ? error.message : messageOf(error)}\n`);
    process.exit(1);
  }
}

/** Settings of a tool: what is not set is as in the system that runs on the data folder. */
export function loadToolConfigOrExit(): Config {
  return withRunningSystem(loadConfigOrExit(), process.env);
}
