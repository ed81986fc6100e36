import { execFile } from 'node:child_process';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';
import { promisify } from 'node:util';
import { AppError, assertNever } from '../../common/base/errors.ts';
import type { Logger } from '../../common/base/logger.ts';
import { startComposeKafka } from './compose.ts';
import { canEmbed, chooseKafka } from './choose-kafka.ts';
import { javaFeatureVersion } from './java-version.ts';
import { startEmbeddedKafka } from './embedded.ts';
import type { RunningKafka } from './running-kafka.ts';

/** A Docker whose daemon does not answer by then counts as none. */
const DOCKER_ANSWERS_WITHIN_MS = 10_000;

export interface FindKafkaOptions {
  /** KAFKA_BROKERS; empty: find or start one. */
  readonly brokers: readonly string[];
  /** Folder and port of an embedded Kafka, as in `startEmbeddedKafka`. */
  readonly dataDir: string;
  readonly port?: number;
  readonly logger: Logger;
}

type Env = Readonly<Record<string, string | undefined>>;

/**
 * The Kafka of KAFKA_BROKERS, else an embedded one, else one in a container.
 *
 * @throws AppError kafka_missing  none is possible, or the chosen one does not start
 */
export async function findKafka(options: FindKafkaOptions, env: Env): Promise<RunningKafka> {
  const java = options.brokers.length > 0 ? null : await findJava(env);
  const here = { java: java?.version ?? null, maven: hasMaven(env) };
  const choice = chooseKafka({
    brokers: options.brokers,
    ...here,
    // Asking Docker takes seconds, so only when the answer counts.
    docker: options.brokers.length === 0 && !canEmbed(here) && (await dockerAnswers()),
  });
  switch (choice.kind) {
    case 'given':
      return given(choice.brokers);
    case 'embedded':
      return startEmbeddedKafka({
        ...options,
        javaCommand: java?.command ?? 'java',
        javaVersion: java?.said ?? '',
      });
    case 'compose':
      return startComposeKafka();
    case 'missing':
      throw new AppError('kafka_missing', choice.message);
    default:
      return assertNever(choice);
  }
}

/** Whether this machine can run an embedded Kafka. */
export async function canEmbedHere(env: Env): Promise<boolean> {
  const java = await findJava(env);
  return canEmbed({ java: java?.version ?? null, maven: hasMaven(env) });
}

function given(brokers: readonly string[]): RunningKafka {
  const nothing = () => undefined;
  const description = `the Kafka of KAFKA_BROKERS (${brokers.join(',')})`;
  return {
    description,
    brokers,
    pids: [],
    stop: async () => undefined,
    kill: nothing,
    unref: nothing,
  };
}

interface JavaHere {
  readonly command: string;
  /** Version of Java, such as 17. */
  readonly version: number;
  /** All that it says of its version. */
  readonly said: string;
}

/** The Java of JAVA_HOME, as Maven takes that too, or else the one on the PATH. */
async function findJava(env: Env): Promise<JavaHere | null> {
  const home = env['JAVA_HOME'];
  for (const command of home ? [join(home, 'bin', 'java'), 'java'] : ['java']) {
    const said = await saidBy(command, ['-version'], 10_000);
    const version = said === null ? null : javaFeatureVersion(said);
    if (said !== null && version !== null) return { command, version, said };
  }
  return null;
}

async function dockerAnswers(): Promise<boolean> {
  if ((await saidBy('docker', ['compose', 'version'], DOCKER_ANSWERS_WITHIN_MS)) === null) {
    return false;
  }
  return (
    (await saidBy(
      'docker',
      ['version', '--format', '{{.Server.Version}}'],
      DOCKER_ANSWERS_WITHIN_MS,
    )) !== null
  );
}

/** All that a command prints, or null when it is missing, fails or is too slow. */
async function saidBy(command: string, args: string[], timeout: number): Promise<string | null> {
  try {
    const { stdout, stderr } = await promisify(execFile)(command, args, { timeout });
    return stdout + stderr;
  } catch {
    return null;
  }
}

/** Looked for and not run: Maven takes half a second to say its version. */
function hasMaven(env: Env): boolean {
  return (env['PATH'] ?? '').split(delimiter).some((folder) => {
    try {
      accessSync(join(folder || '.', 'mvn'), constants.X_OK);
      return true;
    } catch {
      return false;
    }
  });
}
