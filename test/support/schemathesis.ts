import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../common/errors.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '../api');
const REQUIREMENTS = join(FOLDER, 'requirements.txt');
/** `npm ci` throws it away. */
const VENV = join(import.meta.dirname, '../../node_modules/.cache/schemathesis');
const INSTALLED = join(VENV, 'installed.txt');
const PREPARE_MS_MAX = 60_000;

/** Installs schemathesis unless it is there. @returns why it cannot be used here; null: it can */
export async function whyNoSchemathesis(): Promise<string | null> {
  try {
    const wanted = await readFile(REQUIREMENTS, 'utf8');
    if (existsSync(INSTALLED) && (await readFile(INSTALLED, 'utf8')) === wanted) return null;
    const options = { timeout: PREPARE_MS_MAX };
    await run('python3', ['-m', 'venv', '--clear', VENV], options);
    const pip = ['install', '--quiet', '--disable-pip-version-check', '-r', REQUIREMENTS];
    await run(join(VENV, 'bin/pip'), pip, options);
    await writeFile(INSTALLED, wanted);
    return null;
  } catch (error) {
    const [first = ''] = messageOf(error).split('\n');
    return `no Python with schemathesis: ${first}`;
  }
}

/**
 * Tries an API by its own description. Deterministic: the same build gives the same requests.
 *
 * @returns the report, and whether every check passed
 */
export async function runSchemathesis(
  url: string,
  { key, cwd, timeoutMs }: { key: string; cwd: string; timeoutMs: number },
): Promise<{ passed: boolean; report: string }> {
  const args = [
    ...['--config-file', join(FOLDER, 'schemathesis.toml'), 'run', `${url}/openapi.json`],
    ...['--header', `Authorization: Bearer ${key}`, '--mode', 'all'],
    ...['--max-examples', '5', '--seed', '1', '--generation-deterministic'],
    ...['--continue-on-failure', '--request-timeout', '20'],
    '--no-color',
  ];
  const env = { ...process.env, SCHEMATHESIS_HOOKS: 'hooks', PYTHONPATH: FOLDER };
  const options = { cwd, env, timeout: timeoutMs, maxBuffer: 64 * 1024 ** 2 };
  try {
    const { stdout } = await run(join(VENV, 'bin/st'), args, options);
    return { passed: true, report: stdout };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { passed: false, report: `${stdout}\n${stderr}\n${messageOf(error).slice(0, 500)}` };
  }
}
