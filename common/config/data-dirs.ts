import { accessSync, constants, mkdirSync, statSync } from 'node:fs';
import { dirname, resolve } from 'node:path';
import { ConfigError, messageOf } from '../base/errors.ts';

/**
 * The folders under DATA_DIR, absolute. A file moves from inbox to processing to done or failed.
 */
export interface DataDirs {
  readonly inbox: string;
  readonly processing: string;
  readonly done: string;
  readonly failed: string;
  readonly output: string;
  /** Holds the delivery log of the console. */
  readonly log: string;
  /** Data of the embedded Kafka. */
  readonly kafka: string;
}

/** Names the folders without touching the disk. */
export function dataDirs(dataDir: string): DataDirs {
  const at = (name: string) => resolve(dataDir, name);
  return {
    inbox: at('inbox'),
    processing: at('processing'),
    done: at('done'),
    failed: at('failed'),
    output: at('output'),
    log: at('log'),
    kafka: at('kafka'),
  };
}

/** Where the receiver writes the alerts that it accepted. */
export function receiverOutput(config: { DATA_DIR: string; RECEIVER_OUTPUT: string }): string {
  return config.RECEIVER_OUTPUT || resolve(dataDirs(config.DATA_DIR).output, 'received.csv');
}

/** Makes the folders that are missing, but for that of Kafka, which is not always ours. */
export function makeDataDirs(dirs: DataDirs): void {
  const { kafka: _kafka, ...ours } = dirs;
  for (const dir of Object.values(ours)) mkdirSync(dir as string, { recursive: true });
}

const FOLDER_ALLOWED = 'allowed: a folder that can be written';

/**
 * Makes the folders that a process needs, and looks at what is in their place: a role that finds a
 * file there would only fail later, and be started again and again.
 *
 * @throws ConfigError one line for each place that cannot be used
 */
export function prepareDataDirs(
  { DATA_DIR }: { readonly DATA_DIR: string },
  needed: readonly (keyof DataDirs)[],
): DataDirs {
  const dirs = dataDirs(DATA_DIR);
  const given = `DATA_DIR=${JSON.stringify(DATA_DIR)}`;
  const whole = prepared(given, resolve(DATA_DIR));
  const problems = whole.length > 0 ? whole : needed.flatMap((name) => prepared(given, dirs[name]));
  if (problems.length > 0) throw new ConfigError(problems);
  return dirs;
}

/**
 * Makes the folder of the receiver's file.
 *
 * @returns the file's path
 * @throws ConfigError the file cannot be there
 */
export function prepareReceiverOutput(config: Parameters<typeof receiverOutput>[0]): string {
  const path = receiverOutput(config);
  const name = config.RECEIVER_OUTPUT === '' ? 'DATA_DIR' : 'RECEIVER_OUTPUT';
  const given = `${name}=${JSON.stringify(config[name])}`;
  const problems =
    kindOf(path) === 'folder'
      ? [`${given}: ${path} is a folder; allowed: a file`]
      : prepared(given, dirname(path));
  if (problems.length > 0) throw new ConfigError(problems);
  return path;
}

/** Makes a folder. @returns why it cannot be used */
function prepared(given: string, dir: string): string[] {
  try {
    mkdirSync(dir, { recursive: true });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
    return [];
  } catch (error) {
    const why = kindOf(dir) === 'file' ? `${dir} is a file` : messageOf(error);
    return [`${given}: ${why}; ${FOLDER_ALLOWED}`];
  }
}

function kindOf(path: string): 'file' | 'folder' | null {
  try {
    return statSync(path).isDirectory() ? 'folder' : 'file';
  } catch {
    return null; // Not there, or below a file.
  }
}
