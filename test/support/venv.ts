import { execFile } from 'node:child_process';
import { existsSync } from 'node:fs';
import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';

const run = promisify(execFile);
/** Beside other builds on a small machine; alone it takes a few seconds. */
const STEP_MS_MAX = 300_000;

/**
 * Makes a virtual environment of Python with what a file of requirements pins, unless it is there.
 *
 * @param folder the environment; what was in it is removed when the requirements have changed
 */
export async function ensureVenv(folder: string, requirements: string): Promise<void> {
  const installed = join(folder, 'installed.txt');
  const wanted = await readFile(requirements, 'utf8');
  if (existsSync(installed) && (await readFile(installed, 'utf8')) === wanted) return;
  const options = { timeout: STEP_MS_MAX };
  await run('python3', ['-m', 'venv', '--clear', folder], options);
  const pip = ['install', '--quiet', '--disable-pip-version-check', '-r', requirements];
  await run(join(folder, 'bin/pip'), pip, options);
  await writeFile(installed, wanted);
}
