// `npm run demo`: drops a sample file into the inbox and shows it being delivered.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { pause } from '../../common/base/retry.ts';
import type { Command } from '../../common/cli/command.ts';
import { parseCommand } from '../../common/cli/parse-command.ts';
import { explainNoStatus, getStatus } from '../../common/cli/get-status.ts';
import { createProgress } from '../../common/cli/progress.ts';
import { runCommand } from '../../common/cli/run-command.ts';
import type { Config } from '../../common/config/config.ts';
import { receiverOutput } from '../../common/config/data-dirs.ts';
import { AppError } from '../../common/base/errors.ts';
import { loadToolConfigOrExit } from '../../common/process/run-role.ts';
import { describeFile, findFile, rowsSettled } from './demo-view.ts';
import type { FileView } from './demo-view.ts';
import { generateFile } from './generate-file.ts';

const ROWS = 20;
const USERS = 5;
const POLL_MS = 200;
const REQUEST_TIMEOUT_MS = 5_000;
/** How long nothing may happen before the demonstration says so and ends. */
const PATIENCE_MS = 60_000;
const TAIL_BYTES = 4_096;

const DEMO = {
  script: 'demo',
  summary: `Drops a file of ${ROWS} rows into the inbox of the running system and follows it.`,
  examples: [['', 'while `npm start` runs in another terminal']],
  options: {},
} as const satisfies Command;

/** The running system: where it answers, and where it takes files from. */
interface Running {
  readonly url: string;
  readonly inbox: string;
  readonly key: string | undefined;
}

async function findRunning(config: Config): Promise<Running> {
  const answer = await getStatus(config);
  if (answer.kind !== 'status') throw new AppError('command_refused', explainNoStatus(answer));
  const { url, status } = answer;
  const { inbox } = status as { inbox: string };
  if (existsSync(inbox)) return { url, inbox, key: config.API_KEYS[0] };
  throw new AppError(
    'command_refused',
    `The system at ${url} takes files from ${inbox}, which is not on this machine.\n` +
      'Upload a file instead: npm run generate -- --rows 20 --out demo.csv, ' +
      `then curl -F file=@demo.csv ${url}/upload`,
  );
}

/** @throws Error nobody answers, or not with success */
async function getJson({ url, key }: Running, path: string): Promise<unknown> {
  const response = await fetch(url + path, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}`);
  return response.json();
}

/** Polls the file until all its rows are settled. @throws Error when nothing moves any more */
async function watch(running: Running, name: string): Promise<FileView> {
  const progress = createProgress({ afterMs: 0 });
  let shown = '';
  let movedMs = performance.now();
  try {
    for (;;) {
      const listed = findFile(await getJson(running, '/files'), name);
      const file = listed && ((await getJson(running, `/files/${listed.id}`)) as FileView);
      const note = file ? describeFile(file) : 'waiting for the file to be taken';
      if (note !== shown) movedMs = performance.now();
      shown = note;
      progress.update(file ? rowsSettled(file) : 0, ROWS, note);
      if (file && (rowsSettled(file) >= ROWS || file.state === 'failed')) return file;
      if (performance.now() - movedMs > PATIENCE_MS) {
        const still = `nothing has moved for ${PATIENCE_MS / 1_000} s`;
        throw new AppError('command_refused', `${note}: ${still}; see npm run status`);
      }
      await pause(POLL_MS);
    }
  } finally {
    progress.stop();
  }
}

/** The last whole lines of a file, at most `count`. */
function lastLines(path: string, count: number): string[] {
  if (!existsSync(path)) return [];
  const file = openSync(path, 'r');
  const { size } = fstatSync(file);
  const tail = Buffer.alloc(Math.min(TAIL_BYTES, size));
  readSync(file, tail, 0, tail.length, size - tail.length);
  closeSync(file);
  return tail.toString().trimEnd().split('\n').slice(-count);
}

async function demonstrate(): Promise<void> {
  const config = loadToolConfigOrExit();
  const running = await findRunning(config);
  const name = `demo-${Date.now()}.csv`;
  const out = join(running.inbox, name);
  await generateFile({ target: { kind: 'rows', rows: ROWS }, out, users: USERS, seed: 1 });
  console.log(`Dropped ${ROWS} rows of ${USERS} users: ${out}`);
  const file = await watch(running, name);
  console.log(`${file.name} (${file.id}): ${describeFile(file)}`);
  // The output lies beside the inbox of the running system, whatever DATA_DIR is here.
  const output = receiverOutput({ ...config, DATA_DIR: dirname(running.inbox) });
  console.log(`\nThe receiver's last lines, in ${output}:`);
  for (const line of lastLines(output, 5)) console.log(`  ${line}`);
  if (file.delivered < ROWS) process.exitCode = 1;
}

await runCommand(DEMO, (words, env) => parseCommand(DEMO, words, env), demonstrate);
