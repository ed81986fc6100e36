// The image's HEALTHCHECK: exit code 0 when the role of this container is well, else 1.
import { globSync, readFileSync } from 'node:fs';
import { messageOf } from '../../common/base/errors.ts';
import { loadConfigOrExit } from '../../common/process/run-role.ts';
import { healthUrl } from './health-url.ts';

/** The wait is shorter than the timeout of HEALTHCHECK, so that the reason is printed. */
const ANSWER_WITHIN_MS = 4_000;

/** @throws Error  what is not well */
async function check(): Promise<void> {
  const url = healthUrl(globSync('/proc/[0-9]*/cmdline').map(commandLine), loadConfigOrExit());
  if (url === null) throw new Error('no role runs in this container');
  const { status } = await fetch(url, { signal: AbortSignal.timeout(ANSWER_WITHIN_MS) });
  if (status !== 200) throw new Error(`${url} answers ${status}`);
}

function commandLine(file: string): string {
  try {
    return readFileSync(file, 'utf8').replaceAll('\0', ' ');
  } catch {
    return ''; // It has just ended.
  }
}

await check().catch((error: unknown) => {
  console.error(messageOf(error));
  process.exitCode = 1;
});
