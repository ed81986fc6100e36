// The thread that has the database of the delivery log: neither what is written into it nor a long
// query holds up the API. Started by log-store.ts.
import { workerData } from 'node:worker_threads';
import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises';
import { parseAttempts } from '../../common/model/attempt.ts';
import { answerCalls } from '../threads/calls.ts';
import { LogDatabase } from './database.ts';
import type { ReadAttempts } from './database.ts';
import type { Batch, Called, ThreadOptions } from './log-calls.ts';

const PRUNE_INTERVAL_MS = 10_000;
/** Attempts that are added at once: a query waits for them. */
const ATTEMPTS_AT_ONCE = 250;
/** A commit writes each page that was changed, so attempts that come one by one share one. */
const COMMIT_INTERVAL_MS = 100;
/**
 * Most attempts that share a commit. In a log of a million, nearly each one changes a page of its
 * own: a commit of 4,000 holds up queries for 60 to 90 ms, one of 250 for 3 to 18.
 */
const COMMITTED_AT_ONCE = 250;

const { path, retentionMs } = workerData as ThreadOptions;
const database = LogDatabase.open(path);
const utf8 = new TextDecoder();
let isClosing = false;
/** Batches are written one after the other, as they were read. */
let writing = Promise.resolve();
let committing: NodeJS.Timeout | null = null;
let uncommitted = 0;

const { port, failed } = answerCalls({
  positions: () => database.positions(),
  clear: () => database.clear(),
  select: (...args) => database.select(...args),
  lastAttempts: (...args) => database.lastAttempts(...args),
  latestAttempts: (...args) => database.latestAttempts(...args),
  points: (...args) => database.points(...args),
  addSample: (...args) => database.addSample(...args),
  write,
  close,
} satisfies Called & Record<'write' | 'close', unknown>);

async function close(): Promise<void> {
  isClosing = true;
  clearInterval(pruning);
  if (committing) clearTimeout(committing);
  await writing.catch(() => undefined);
  database.close();
  port.close();
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
    if (uncommitted >= COMMITTED_AT_ONCE) {
      commit();
      await nextTurn();
    }
    // The next console reads again from here on.
    if (isClosing) return;
  }
  add({ partition, readTo, attempts });
}

function add(read: ReadAttempts): void {
  database.add(read);
  uncommitted += read.attempts.length;
  committing ??= setTimeout(commit, COMMIT_INTERVAL_MS);
}

/** A failure ends the thread, as the disk is full or gone; the next one reads on from before. */
function commit(): void {
  if (committing) clearTimeout(committing);
  committing = null;
  uncommitted = 0;
  database.commit();
}

/** Removes expired attempts in small steps. */
async function prune(): Promise<void> {
  while (!isClosing && database.prune(Date.now() - retentionMs)) await sleep(1);
}

const pruning = setInterval(() => {
  void prune().catch(failed);
}, PRUNE_INTERVAL_MS);
