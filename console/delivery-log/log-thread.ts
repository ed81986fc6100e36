// The thread that has the database of the delivery log: neither what is written into it nor a long
// query holds up the API. Started by log-store.ts.
import { parentPort, workerData } from 'node:worker_threads';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { parseAttempts } from '../../common/model/attempt.ts';
import { invariant, messageOf } from '../../common/base/errors.ts';
import { LogDatabase } from './database.ts';
import type { ReadAttempts } from './database.ts';
import type { Answer, Batch, Call, ThreadOptions } from './log-calls.ts';

const PRUNE_INTERVAL_MS = 10_000;
/** Attempts that are added at once: a query waits for them. */
const ATTEMPTS_AT_ONCE = 250;
/** A commit writes each page that was changed, so many attempts share one. */
const COMMIT_INTERVAL_MS = 100;

invariant(parentPort, 'log-thread.ts is started as a thread');
const port = parentPort;
const { path, retentionMs } = workerData as ThreadOptions;
const database = LogDatabase.open(path);
const utf8 = new TextDecoder();
let isClosing = false;
/** Batches are written one after the other, as they were read. */
let writing = Promise.resolve();
let committing: NodeJS.Timeout | null = null;

port.on('message', (call: Call) => {
  const { id } = call;
  const answered = call.method === 'write' ? write(call.args[0]) : answer(call);
  answered.then(
    (value) => port.postMessage({ id, value } satisfies Answer),
    (error: unknown) => port.postMessage({ id, error: messageOf(error) } satisfies Answer),
  );
});

async function answer(call: Exclude<Call, { method: 'write' }>): Promise<unknown> {
  switch (call.method) {
    case 'positions':
      return database.positions();
    case 'clear':
      return database.clear();
    case 'select':
      return database.select(...call.args);
    case 'lastAttempts':
      return database.lastAttempts(...call.args);
    case 'latestAttempts':
      return database.latestAttempts(...call.args);
    case 'points':
      return database.points(...call.args);
    case 'addSample':
      return database.addSample(...call.args);
    case 'close':
      isClosing = true;
      clearInterval(pruning);
      if (committing) clearTimeout(committing);
      await writing.catch(() => undefined);
      database.close();
      port.close();
  }
  return undefined;
}

function write(batch: Batch): Promise<void> {
  const written = writing.then(() => writeInParts(batch));
  // A batch that fails ends the console, and those behind it must not be written without it.
  writing = written;
  written.catch(() => undefined);
  return written;
}

/** Writes whole records, as the position in the topic is a record's, and lets queries between. */
async function writeInParts({ partition, readTo, records, bytes }: Batch): Promise<void> {
  const oldestMs = Date.now() - retentionMs;
  let attempts = [];
  let start = 0;
  for (const { next, length } of records) {
    const lines = parseAttempts(utf8.decode(bytes.subarray(start, start + length)));
    start += length;
    attempts.push(...lines.filter(({ at }) => at >= oldestMs));
    if (attempts.length < ATTEMPTS_AT_ONCE) continue;
    add({ partition, readTo: next, attempts });
    attempts = [];
    await nextTurn();
    // The next console reads again from here on.
    if (isClosing) return;
  }
  add({ partition, readTo, attempts });
}

function add(read: ReadAttempts): void {
  database.add(read);
  committing ??= setTimeout(commit, COMMIT_INTERVAL_MS);
}

/** A failure ends the thread, as the disk is full or gone; the next one reads on from before. */
function commit(): void {
  committing = null;
  database.commit();
}

/** Removes expired attempts in small steps. */
async function prune(): Promise<void> {
  while (!isClosing && database.prune(Date.now() - retentionMs)) await sleep(1);
}

const pruning = setInterval(() => {
  void prune().catch((error: unknown) => {
    port.postMessage({ id: null, error: messageOf(error) } satisfies Answer);
  });
}, PRUNE_INTERVAL_MS);
