import {
  mkdirSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { z } from 'zod';
import type { Config } from '../config/config.ts';
import { isRunning } from '../base/is-running.ts';
import { parseJson } from '../base/parse-json.ts';

/** Address of the running system on a data folder; written by `npm start`, read by the tools. */
const RunFile = z.object({
  /** Process of `npm start` or `npm run kafka`: the file counts while it lives. */
  pid: z.int(),
  /** Brokers as the roles of this start have them in their environment. */
  startId: z.string().optional(),
  KAFKA_BROKERS: z.string(),
  HOST: z.string().optional(),
  PORT: z.int().optional(),
  CONSOLE_PORT: z.int().optional(),
  RECEIVER_PORT: z.int().optional(),
});
export type RunFile = Readonly<z.infer<typeof RunFile>>;

const NAME = 'run.json';
const START_FILE_OLD_MS = 60 * 60_000;
const START_FILE = /^run-.+\.json$/;

/** Says where the system runs. @returns takes the file away again */
export function writeRunFile(dataDir: string, run: RunFile): () => void {
  const path = join(dataDir, NAME);
  mkdirSync(dataDir, { recursive: true });
  removeLeftovers(dataDir);
  const own = run.startId === undefined ? null : startFile(dataDir, run.startId);
  if (own) writeWhole(own, run);
  writeWhole(path, run);
  return () => {
    if (own) rmSync(own, { force: true });
    // Another start on the folder may have written its own meanwhile.
    if (readFile(path)?.pid === run.pid) rmSync(path, { force: true });
  };
}

/**
 * Reads the address of the system of one start, even when another start on the folder has written
 * its own since.
 *
 * @returns null before it has said so
 */
export function readStartFile(dataDir: string, startId: string): RunFile | null {
  return readFile(startFile(dataDir, startId));
}

/** Where the system of this data folder runs; null when none does. */
export function readRunFile(dataDir: string): RunFile | null {
  const run = readFile(join(dataDir, NAME));
  return run && isRunning(run.pid) ? run : null;
}

/**
 * Settings for a tool: what nobody has set is as in the system that runs on the data folder.
 *
 * @param env in which a setting that is there and not empty wins
 */
export function withRunningSystem(
  config: Config,
  env: Readonly<Record<string, string | undefined>>,
): Config {
  const run = readRunFile(config.DATA_DIR);
  if (!run) return config;
  const free = <Name extends keyof RunFile>(name: Name) => (env[name] ? undefined : run[name]);
  const brokers = free('KAFKA_BROKERS')?.split(',');
  return {
    ...config,
    KAFKA_BROKERS: brokers ?? config.KAFKA_BROKERS,
    HOST: free('HOST') ?? config.HOST,
    PORT: free('PORT') ?? config.PORT,
    CONSOLE_PORT: free('CONSOLE_PORT') ?? config.CONSOLE_PORT,
    RECEIVER_PORT: free('RECEIVER_PORT') ?? config.RECEIVER_PORT,
  };
}

function startFile(dataDir: string, startId: string): string {
  return join(dataDir, `run-${startId}.json`);
}

/** A reader sees the old file or the new one, never half of it. */
function writeWhole(path: string, run: RunFile): void {
  writeFileSync(`${path}.${run.pid}`, `${JSON.stringify(run, null, 2)}\n`);
  renameSync(`${path}.${run.pid}`, path);
}

/** A start that was killed leaves the file of its own. */
function removeLeftovers(dataDir: string): void {
  for (const name of readdirSync(dataDir)) {
    if (!START_FILE.test(name)) continue;
    const path = join(dataDir, name);
    // The process of another container that shares the folder may run unseen; its file is read
    // early.
    const stat = statSync(path, { throwIfNoEntry: false });
    if (!stat || Date.now() - stat.mtimeMs < START_FILE_OLD_MS) continue;
    const run = readFile(path);
    if (!run || !isRunning(run.pid)) rmSync(path, { force: true });
  }
}

function readFile(path: string): RunFile | null {
  try {
    return parseJson(RunFile, readFileSync(path, 'utf8'));
  } catch {
    return null;
  }
}
