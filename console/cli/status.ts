// `npm run status`: what the running system says of itself, for people or as JSON.
import { setTimeout as sleep } from 'node:timers/promises';
import { parseArgs } from 'node:util';
import { messageOf } from '../../common/errors.ts';
import { localUrl } from '../../common/http/url.ts';
import { loadConfigOrExit } from '../../common/run-role.ts';
import { statusText } from '../decide/status-text.ts';
import type { SystemStatus } from '../status.ts';

const WATCH_MS = 1_000;
const TIMEOUT_MS = 5_000;
const CLEAR_SCREEN = '\u001b[2J\u001b[H';

const options = readOptions();
const config = loadConfigOrExit();
// Under `npm start` the API's port has everything; a console that runs alone has its own.
const urls = [config.PORT, config.CONSOLE_PORT].map((port) => localUrl(config.HOST, port));

do {
  const status = await fetchStatus();
  if (!status) {
    process.stderr.write(
      `Nothing answers at ${urls.join(' or ')}: start it with npm start, or set HOST and PORT\n`,
    );
    process.exitCode = 1;
    if (!options.watch) break;
  } else {
    process.exitCode = 0;
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

async function fetchStatus(): Promise<SystemStatus | null> {
  const [key] = config.API_KEYS;
  const headers = key === undefined ? {} : { authorization: `Bearer ${key}` };
  for (const url of urls) {
    try {
      const answer = await fetch(`${url}/status`, {
        headers,
        signal: AbortSignal.timeout(TIMEOUT_MS),
      });
      if (answer.ok) return (await answer.json()) as SystemStatus;
    } catch {
      // Then the next one.
    }
  }
  return null;
}
