// `npm run check:limiter`: hits the rate limiter of a running receiver ten times quickly.
import type { Command } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import { runCommand } from '../../common/cli/run-command.ts';
import { messageOf } from '../../common/base/errors.ts';
import { localUrl } from '../../common/base/url.ts';
import { loadToolConfigOrExit } from '../../common/process/run-role.ts';
import { limiterVerdict } from './limiter-verdict.ts';
import type { Hit, ReceiverMode } from './limiter-verdict.ts';

const HITS = 10;
const TIMEOUT_MS = 5_000;
/** A path of its own, because the limiter counts each path apart. */
const PATH = '/limiter-check';

const CHECK_LIMITER = {
  script: 'check:limiter',
  summary: 'Sends ten requests in a row to the receiver, and says whether its limiter works.',
  examples: [['', 'checks the receiver at HOST and RECEIVER_PORT']],
  options: {},
} as const satisfies Command;

await runCommand(
  CHECK_LIMITER,
  (words, env) => parseCommand(CHECK_LIMITER, words, env),
  async () => {
    const { HOST, RECEIVER_PORT } = loadToolConfigOrExit();
    const receiver = localUrl(HOST, RECEIVER_PORT);
    try {
      const verdict = await check(receiver);
      console.log(verdict.text);
      if (verdict.passed) return;
      console.log('To limit: start the receiver with RECEIVER_RPS=5, or now:');
      console.log(`  curl -d '{"mode":"ratelimit","rps":5}' ${receiver}/mode`);
    } catch (error) {
      console.error(`No receiver answers at ${receiver}: ${messageOf(error)}`);
      console.error('Run `npm run receiver`, or `npm start`, first.');
    }
    process.exitCode = 1;
  },
);

async function check(receiver: string) {
  const signal = AbortSignal.timeout(TIMEOUT_MS);
  const mode = (await (await fetch(`${receiver}/mode`, { signal })).json()) as ReceiverMode;
  const startMs = performance.now();
  const hits: Hit[] = [];
  for (let number = 1; number <= HITS; number += 1) {
    const body = JSON.stringify({ check: number });
    const response = await fetch(receiver + PATH, { method: 'POST', body, signal });
    await response.arrayBuffer();
    const hit = { status: response.status, retryAfter: response.headers.get('retry-after') };
    hits.push(hit);
    const wait = hit.retryAfter === null ? '' : `  Retry-After: ${hit.retryAfter}`;
    console.log(`${String(number).padStart(2)}  ${hit.status}${wait}`);
  }
  return limiterVerdict(mode, hits, performance.now() - startMs);
}
