import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, renameSync, rmSync } from 'node:fs';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { AppError } from '../../common/errors.ts';

const POM = join(import.meta.dirname, 'pom.xml');
/** So that what Maven says last fits on a screen. */
const LINES_SHOWN = 12;

/** Where the jars are kept between starts: outside the project, as `npm ci` clears that. */
export function jarCache(env: Record<string, string | undefined>): string {
  return join(env['XDG_CACHE_HOME'] || join(homedir(), '.cache'), 'hookline');
}

/**
 * The folder with the broker's jars; the first call on a machine downloads them with Maven.
 * Several processes may call at once, and any of them may be killed: the folder appears whole
 * or not at all.
 *
 * @throws AppError kafka_missing  Maven could not get them; the message has its last words
 */
export async function ensureJars(cacheDir: string): Promise<string> {
  const pom = readFileSync(POM, 'utf8');
  const version = /<kafka\.version>(.+)<\/kafka\.version>/.exec(pom)?.[1] ?? '';
  // Another pom is another set of jars.
  const hash = createHash('sha256').update(pom).digest('hex').slice(0, 8);
  const jars = join(cacheDir, `kafka-${version}-${hash}`);
  if (existsSync(jars)) return jars;
  mkdirSync(cacheDir, { recursive: true });
  const partial = mkdtempSync(join(cacheDir, 'partial-'));
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
  const progress = progressLine(`Getting Apache Kafka ${version} (44 MB, once on this machine)`);
  const args = ['-B', '-f', POM, 'dependency:copy-dependencies', `-DoutputDirectory=${folder}`];
  const maven = spawn('mvn', args, { stdio: ['ignore', 'pipe', 'pipe'] });
  const said: string[] = [];
  let files = 0;
  for (const stream of [maven.stdout, maven.stderr]) {
    createInterface({ input: stream }).on('line', (line) => {
      said.push(line);
      if (/Downloaded from|Copying/.test(line)) progress.show(`${(files += 1)} files`);
    });
  }
  const [code] = (await once(maven, 'close')) as [number | null];
  progress.end(code === 0 ? 'done' : 'failed');
  if (code === 0) return;
  throw new AppError(
    'kafka_missing',
    `Maven could not get Kafka ${version} (see infra/kafka/pom.xml). Without it, set ` +
      `KAFKA_BROKERS to a Kafka that runs. Maven said:\n${said.slice(-LINES_SHOWN).join('\n')}`,
  );
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
