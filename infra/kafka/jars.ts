import { createHash } from 'node:crypto';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readdirSync,
  renameSync,
  rmSync,
  statSync,
} from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { AppError } from '../../common/base/errors.ts';
import { runToEnd } from '../process/run-to-end.ts';

const POM = join(import.meta.dirname, 'pom.xml');
/** Prefix of the name of a cache entry that is not complete yet. */
export const PARTIAL = 'partial-';
const ABANDONED_AFTER_MS = 3_600_000;

/** Cache of the jars between starts: outside the project, because `npm ci` clears it. */
export function jarCache(env: Record<string, string | undefined>): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hookline');
}

/** The version of Apache Kafka that the pom names. */
export function kafkaVersion(): string {
  return /<kafka\.version>(.+)<\/kafka\.version>/.exec(readFileSync(POM, 'utf8'))?.[1] ?? '';
}

/**
 * The folder with the jars of a broker, by default of the embedded one; the first call on a machine
 * downloads them with Maven.
 * Several processes may call at once, and any of them may be killed: the folder appears whole
 * or not at all.
 *
 * @throws AppError kafka_missing  Maven could not get them; the message has its last words
 */
export async function ensureJars(cacheDir: string, version = kafkaVersion()): Promise<string> {
  const pom = readFileSync(POM, 'utf8');
  // Another pom is another set of jars.
  const hash = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const jars = join(cacheDir, `kafka-${version}-${hash}`);
  if (existsSync(jars)) return jars;
  mkdirSync(cacheDir, { recursive: true });
  removeAbandoned(cacheDir);
  const partial = mkdtempSync(join(cacheDir, PARTIAL));
  try {
    await download(partial, version);
    renameSync(partial, jars);
  } catch (error) {
    // Another process may have been quicker: its folder is as good as ours.
    if (!existsSync(jars)) throw error;
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return jars;
}

async function download(folder: string, version: string): Promise<void> {
  const progress = progressLine(`Getting Apache Kafka ${version} (54 MB, once on this machine)`);
  const args = ['-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  // Before 4.0 Kafka brings a second way to log, which needs a file of settings.
  args.push(`-Dkafka.version=${version}`, '-DexcludeArtifactIds=slf4j-reload4j');
  let files = 0;
  const { code, lastLines } = await runToEnd('mvn', args, (line) => {
    if (/Downloaded from|Copying/.test(line)) progress.show(`${(files += 1)} files`);
  });
  progress.end(code === 0 ? 'done' : 'failed');
  if (code === 0) return;
  throw new AppError(
    'kafka_missing',
    `Maven could not get Kafka ${version} (see infra/kafka/pom.xml). Without it, set ` +
      `KAFKA_BROKERS to a Kafka that runs. Maven said:\n${lastLines}`,
  );
}

/** Removes the remains of killed downloads; younger entries may still be under way. */
function removeAbandoned(cacheDir: string): void {
  for (const name of readdirSync(cacheDir).filter((entry) => entry.startsWith(PARTIAL))) {
    const path = join(cacheDir, name);
    const ageMs = Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
    if (ageMs > ABANDONED_AFTER_MS) rmSync(path, { recursive: true, force: true });
  }
}

/** One line that is rewritten on a terminal; elsewhere its beginning and its end only. */
function progressLine(title: string) {
  const terminal = process.stderr.isTTY;
  if (!terminal) process.stderr.write(`${title} ...\n`);
  return {
    show: (text: string) => {
      if (terminal) process.stderr.write(`\r${title}: ${text}`);
    },
    end: (text: string) => {
      process.stderr.write(terminal ? `\r\u001b[K${title}: ${text}\n` : `${title}: ${text}\n`);
    },
  };
}
