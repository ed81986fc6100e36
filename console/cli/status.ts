// `npm run status`: what the running system says of itself, for people or as JSON.
import { pause } from '../../common/base/retry.ts';
import { explainNoStatus, getStatus } from '../../common/cli/get-status.ts';
import { runCommand } from '../../common/cli/run-command.ts';
import { loadToolConfigOrExit } from '../../common/process/run-role.ts';
import { screenOf } from './screen.ts';
import { STATUS, parseStatusArgs } from './status-args.ts';
import { statusText } from './status-text.ts';
import type { SystemStatus } from '../status/schemas.ts';

const WATCH_MS = 1_000;
const CLEAR_SCREEN = '\u001b[2J';

/** A resize is followed with the next status. */
function terminalSize(): { rows: number; columns: number } {
  const { rows, columns } = process.stdout;
  return { rows, columns };
}

await runCommand(STATUS, parseStatusArgs, async ({ isWatching, isJson }) => {
  const config = loadToolConfigOrExit();
  if (isWatching && !isJson && process.stdout.isTTY) process.stdout.write(CLEAR_SCREEN);
  do {
    const answer = await getStatus(config);
    if (answer.kind !== 'status') {
      process.stderr.write(`${explainNoStatus(answer)}\n`);
      process.exitCode = 1;
    } else {
      process.exitCode = 0;
      // Ours: both ends are of one version.
      const status = answer.status as SystemStatus;
      const text = isJson ? JSON.stringify(status) : statusText(status, Date.now());
      const isScreen = isWatching && !isJson && process.stdout.isTTY;
      process.stdout.write(isScreen ? screenOf(text, terminalSize()) : `${text}\n`);
    }
    if (isWatching) await pause(WATCH_MS);
  } while (isWatching);
});
