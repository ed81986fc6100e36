import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import type { TestContext } from 'node:test';
import { promisify } from 'node:util';
import { ensureVenv } from './venv.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '../../examples/verify');
/** `npm ci` throws what was built away. */
const BUILT = join(import.meta.dirname, '../../node_modules/.cache/verify-recipes');
const BUILD_MS_MAX = 300_000;

const PYTHON = join(BUILT, 'python');
const JARS = join(BUILT, 'java/jars');
const CLASSES = join(BUILT, 'java/classes');
const CLASS_PATH = `${CLASSES}:${JARS}/*`;

/** A language: what it needs on the machine, and how its recipes are made ready. */
interface Language {
  readonly least: readonly [major: number, minor: number];
  /** Prints the version. */
  readonly probe: readonly [command: string, ...args: string[]];
  prepare(): Promise<void>;
}

const LANGUAGES = {
  node: { least: [22, 0], probe: [process.execPath, '--version'], prepare: async () => {} },
  python: {
    least: [3, 10],
    probe: ['python3', '--version'],
    prepare: () => ensureVenv(PYTHON, join(FOLDER, 'python/requirements.txt')),
  },
  go: {
    least: [1, 21],
    probe: ['go', 'version'],
    prepare: () => inFolder('go', 'go', 'build', '-o', join(BUILT, 'go'), '.'),
  },
  rust: {
    least: [1, 88],
    probe: ['cargo', '--version'],
    prepare: () => inFolder('rust', 'cargo', 'build', '--quiet', '--locked'),
  },
  java: { least: [17, 0], probe: ['javac', '-version'], prepare: prepareJava },
} satisfies Record<string, Language>;

export interface Recipe {
  readonly name: string;
  readonly language: keyof typeof LANGUAGES;
  /** The bodies that its library can verify. */
  readonly takes: 'utf-8' | 'any';
  readonly scheme: 'v1' | 'v1a';
  readonly command: readonly [command: string, ...args: string[]];
}

const node = (name: string) => [process.execPath, join(FOLDER, 'node/server.mjs'), name] as const;
const python = (name: string) =>
  [join(PYTHON, 'bin/python'), join(FOLDER, 'python/server.py'), name] as const;

export const RECIPES: readonly Recipe[] = (
  [
    ['standardwebhooks', 'node', 'utf-8', node('standardwebhooks')],
    ['svix', 'node', 'utf-8', node('svix')],
    ['hmac', 'node', 'any', node('hmac')],
    ['ed25519', 'node', 'any', node('ed25519')],
    ['standardwebhooks', 'python', 'utf-8', python('standardwebhooks')],
    ['svix', 'python', 'utf-8', python('svix')],
    ['hmac', 'python', 'any', python('hmac')],
    ['standardwebhooks', 'go', 'any', [join(BUILT, 'go')]],
    ['standardwebhooks', 'rust', 'utf-8', [join(BUILT, 'rust/debug/verify')]],
    ['standardwebhooks', 'java', 'utf-8', ['java', '-cp', CLASS_PATH, 'Server']],
  ] as const
).map(([name, language, takes, command]) => {
  return { name, language, takes, scheme: name === 'ed25519' ? 'v1a' : 'v1', command };
});

/**
 * Builds and installs what the recipes of a language need.
 *
 * @returns why they cannot run on this machine; null: they can
 * @throws Error the tools are there, but what they were to build failed
 */
export async function prepareRecipes(language: keyof typeof LANGUAGES): Promise<string | null> {
  const { least, probe, prepare }: Language = LANGUAGES[language];
  const [command, ...args] = probe;
  const needs = `needs ${command} ${least.join('.')} or later`;
  const { stdout } = await run(command, args).catch(() => ({ stdout: '' }));
  const [version, major, minor] = /(\d+)\.(\d+)[\d.]*/.exec(stdout) ?? [];
  if (version === undefined) return `${needs}, which is not here`;
  const isOlder = Number(major) - least[0] || Number(minor) - least[1];
  if (isOlder < 0) return `${needs}; here is ${version}`;
  await prepare();
  return null;
}

/** Every language, side by side. @see prepareRecipes */
export async function prepareAllRecipes(): Promise<Record<string, string | null>> {
  const languages = Object.keys(LANGUAGES) as (keyof typeof LANGUAGES)[];
  const reasons = await Promise.all(languages.map(prepareRecipes));
  return Object.fromEntries(languages.map((language, index) => [language, reasons[index] ?? null]));
}

/** Starts the server of a recipe on a free port; it ends with the test. @returns its URL */
export async function startRecipe(
  t: TestContext,
  { command: [command, ...args] }: Recipe,
  env: Record<string, string>,
): Promise<string> {
  const child = spawn(command, args, {
    env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  t.after(() => void child.kill('SIGKILL'));
  await once(child, 'spawn');
  for await (const line of createInterface(child.stdout)) {
    const [, url] = /^listening on (http:\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error(`${command} ${args.join(' ')} has ended`);
}

async function prepareJava(): Promise<void> {
  if (!existsSync(JARS)) {
    // A repository of its own: Maven may at the same moment get Kafka, and two must not share one.
    const repository = `-Dmaven.repo.local=${join(BUILT, 'java/repository')}`;
    const options = ['-q', '-B', repository, `-DoutputDirectory=${JARS}`];
    await inFolder('java', 'mvn', ...options, 'dependency:copy-dependencies');
  }
  await inFolder('java', 'javac', '-cp', `${JARS}/*`, '-d', CLASSES, 'Verify.java', 'Server.java');
}

async function inFolder(folder: string, command: string, ...args: string[]): Promise<void> {
  const env = { ...process.env, CARGO_TARGET_DIR: join(BUILT, 'rust'), CGO_ENABLED: '0' };
  await run(command, args, { cwd: join(FOLDER, folder), env, timeout: BUILD_MS_MAX });
}
