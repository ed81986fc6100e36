// `npm run status`: what the running system says of itself, for people or as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../../common/errors.ts';
import { localUrl } from '../../common/http/url.ts';
import { loadToolConfigOrExit } from '../../common/run-role.ts';
import { statusText } from '../decide/status-text.ts';
import type { SystemStatus } from '../status.ts';
import { getStatus } from './ask.ts';

const WATCH_MS = 1_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

const options = readOptions();
const config = loadToolConfigOrExit();

do {
  const answer = await getStatus(config);
  if (!answer) {
    const { HOST, PORT } = config;
    process.stderr.write(
      `Nothing answers at ${localUrl(HOST, PORT)}: run \`npm start\`, or set HOST, PORT and API_KEYS\n`,
    );
    process.exitCode = 1;
    if (!options.watch) break;
  } else {
    process.exitCode = 0;
    // Ours: both ends are of one version.
    const status = answer.status as SystemStatus;
    const text = options.json ? JSON.stringify(status) : statusText(status);
    process.stdout.write(`${options.watch && !options.json ? CLEAR_SCREEN : ''}${text}\n`);
  }
  if (options.watch) await sleep(WATCH_MS);
} while (options.watch);

function readOptions() {
  try {
    const { values } = parseArgs({
      options: {
        watch: { type: 'boolean', default: false },
        json: { type: 'boolean', default: false },
      },
    });
    return values;
  } catch (error) {
    process.stderr.write(`${messageOf(error)}\nallowed: --watch, --json\n`);
    process.exit(1);
  }
}
