import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { messageOf } from '../../common/base/errors.ts';
import { ensureVenv } from './venv.ts';

const run = promisify(execFile);
const FOLDER = join(import.meta.dirname, '../api');
const REQUIREMENTS = join(FOLDER, 'requirements.txt');
/** `npm ci` throws it away. */
const VENV = join(import.meta.dirname, '../../node_modules/.cache/schemathesis');

/** Installs schemathesis unless it is there. @returns why it cannot be used here; null: it can */
export async function whyNoSchemathesis(): Promise<string | null> {
  try {
    await ensureVenv(VENV, REQUIREMENTS);
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
    // It has no end.
    ...['--exclude-path', '/stream'],
    ...['--max-examples', '3', '--seed', '1', '--generation-deterministic'],
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
