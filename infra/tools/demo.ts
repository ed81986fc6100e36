// `npm run demo`: drops a sample file into the inbox and shows it being delivered.
import { closeSync, existsSync, fstatSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import type { Config } from '../../common/config.ts';
import { dataDirs, receiverOutput } from '../../common/data-dirs.ts';
import { messageOf } from '../../common/errors.ts';
import { localUrl } from '../../common/http/url.ts';
import { loadToolConfigOrExit } from '../../common/run-role.ts';
import { describeFile, findFile, rowsSettled } from './decide/demo-view.ts';
import type { FileView } from './decide/demo-view.ts';
import { generateFile } from './generate-file.ts';
import { createProgress } from './progress.ts';

const ROWS = 20;
const USERS = 5;
const POLL_MS = 200;
const REQUEST_TIMEOUT_MS = 5_000;
/** How long nothing may happen before the demonstration says so and ends. */
const PATIENCE_MS = 60_000;
const TAIL_BYTES = 4_096;

const config = loadToolConfigOrExit();
const api = localUrl(config.HOST, config.PORT);

/** @throws Error nobody answers, or not with success */
async function getJson(path: string): Promise<unknown> {
  const [key] = config.API_KEYS;
  const response = await fetch(api + path, {
    headers: key === undefined ? {} : { authorization: `Bearer ${key}` },
    signal: AbortSignal.timeout(REQUEST_TIMEOUT_MS),
  });
  if (!response.ok) throw new Error(`GET ${path} was answered with ${response.status}`);
  return response.json();
}

/** Polls the file until all its rows are settled. @throws Error when nothing moves any more */
async function watch(name: string): Promise<FileView> {
  const progress = createProgress(ROWS);
  let shown = '';
  let movedMs = performance.now();
  try {
    for (;;) {
      const listed = findFile(await getJson('/files'), name);
      const file = listed && ((await getJson(`/files/${listed.id}`)) as FileView);
      const note = file ? describeFile(file) : 'waiting for the file to be taken';
      if (note !== shown) movedMs = performance.now();
      shown = note;
      progress.update(file ? rowsSettled(file) : 0, note);
      if (file && (rowsSettled(file) >= ROWS || file.state === 'failed')) return file;
      if (performance.now() - movedMs > PATIENCE_MS) {
        throw new Error(`Nothing has moved for ${PATIENCE_MS / 1_000} s; see ${api}/status`);
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

async function demonstrate({ DATA_DIR }: Config): Promise<void> {
  const name = `demo-${Date.now()}.csv`;
  const out = join(dataDirs(DATA_DIR).inbox, name);
  await generateFile({ target: { kind: 'rows', rows: ROWS }, out, users: USERS, seed: 1 });
  console.log(`Dropped ${ROWS} rows of ${USERS} users: ${out}`);
  const file = await watch(name);
  console.log(`${file.name} (${file.id}): ${describeFile(file)}`);
  const output = receiverOutput(config);
  console.log(`\nThe receiver's last lines, in ${output}:`);
  for (const line of lastLines(output, 5)) console.log(`  ${line}`);
  if (file.delivered < ROWS) process.exitCode = 1;
}

try {
  await getJson('/ping');
} catch (error) {
  console.error(`Nothing answers at ${api} (${messageOf(error)}).`);
  console.error('Run `npm start` first, in another terminal.');
  process.exit(1);
}
try {
  await demonstrate(config);
} catch (error) {
  console.error(messageOf(error));
  process.exitCode = 1;
}
