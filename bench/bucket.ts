// An object of a bucket beside the same file in the folder, in turns: rows a second and memory.
// Then five kills in the middle of it, and many objects for two producers: each row once.
// `npm run bench -- bucket` runs it; the server is the one of the tests, see bench/s3/.
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { forEachAtOnce } from '../common/base/for-each-at-once.ts';
import { pollUntil } from '../common/base/retry.ts';
import { openCompactedTable } from '../common/kafka/consume/compacted-table.ts';
import { readTopic } from '../common/kafka/consume/follow-topic.ts';
import { parseFileRowId } from '../common/model/delivery.ts';
import { parseFileProgress } from '../common/model/file-progress.ts';
import { PRODUCER_HEAP } from '../infra/roles.ts';
import { connect, createTopics, fromFolder, ingest } from './ingest.ts';
import type { Env } from './ingest.ts';
import { startScript } from './process.ts';
import { producerEnv } from './producer-env.ts';
import { prepareS3Server, startS3Server } from './s3-server.ts';
import type { S3Server } from './s3-server.ts';
import { sum } from './statistics.ts';

export interface BucketResult {
  readonly perSecond: { readonly folder: number; readonly bucket: number };
  readonly ratio: number;
  /** Largest memory of a producer, MiB. */
  readonly peakMiB: { readonly folder: number; readonly bucket: number };
  /** After five kills in one object. */
  readonly killed: Lost;
  /** After two producers read many objects. */
  readonly shared: Lost;
}

/** Rows that are not in the log once. */
export interface Lost {
  readonly lost: number;
  readonly repeated: number;
}

const KILLS = 5;
const OBJECTS = 2_000;
const ROWS_OF_EACH = 5;
const USERS = 5_000;
const MESSAGE = 'x'.repeat(290);

/** Rows of some 300 bytes. */
function* csvParts(rows: number): Generator<string> {
  yield 'user_id,alert_message\n';
  for (let row = 1, text = ''; row <= rows; row += 1) {
    text += `user-${row % USERS},${MESSAGE}\n`;
    if (text.length < 64 * 1_024 && row < rows) continue;
    yield text;
    text = '';
  }
}

/** @param rounds each measures folder and bucket, the order turned */
export async function measureBucket(
  brokers: readonly string[],
  { rows, rounds }: { readonly rows: number; readonly rounds: number },
): Promise<BucketResult> {
  const missing = await prepareS3Server();
  if (missing !== null) throw new Error(`the S3 server ${missing}`);
  const folder = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const s3 = await startS3Server();
  try {
    const source = join(folder, 'rows.csv');
    await pipeline(Readable.from(csvParts(rows)), createWriteStream(source));
    const ways = {
      folder: (env: Env) => ingest(env, { rows, ...fromFolder(env, source) }),
      bucket: (env: Env) => ingest(env, { rows, ...fromBucket(s3, source) }),
    };
    const results: Record<keyof typeof ways, Awaited<ReturnType<typeof ingest>>[]> = {
      folder: [],
      bucket: [],
    };
    for (let round = 0; round < rounds; round += 1) {
      const order =
        round % 2 === 0 ? (['folder', 'bucket'] as const) : (['bucket', 'folder'] as const);
      for (const way of order) {
        const env = newEnv(brokers, folder, way === 'bucket' ? s3.env : {});
        await createTopics(env);
        const result = await ways[way](env);
        process.stderr.write(`… ${way}: ${result.perSecond}/s, ${result.peakMiB} MiB\n`);
        results[way].push(result);
      }
    }
    const mean = (way: keyof typeof ways) =>
      sum(results[way].map(({ perSecond }) => perSecond)) / rounds;
    const peak = (way: keyof typeof ways) =>
      Math.max(...results[way].map(({ peakMiB }) => peakMiB));
    const perSecond = { folder: Math.round(mean('folder')), bucket: Math.round(mean('bucket')) };
    return {
      ...{ perSecond, ratio: perSecond.bucket / perSecond.folder },
      peakMiB: { folder: peak('folder'), bucket: peak('bucket') },
      killed: await killInTheMiddle(newEnv(brokers, folder, s3.env), s3, { source, rows }),
      shared: await readByTwo(newEnv(brokers, folder, s3.env), s3),
    };
  } finally {
    await s3.end();
    rmSync(folder, { recursive: true, force: true });
  }
}

function newEnv(
  brokers: readonly string[],
  folder: string,
  more: Readonly<Record<string, string>>,
) {
  return { ...producerEnv(brokers, mkdtempSync(join(folder, 'data-'))), ...more };
}

const isEmpty = async (s3: S3Server) => !(await s3.keys()).some((key) => key.startsWith('in/'));

function fromBucket(s3: S3Server, source: string) {
  return { put: () => s3.putFile('in/rows.csv', source), isDone: () => isEmpty(s3) };
}

/** Kills the producer five times, each in a further sixth of the object. */
async function killInTheMiddle(
  env: Env,
  s3: S3Server,
  { source, rows }: { readonly source: string; readonly rows: number },
): Promise<Lost> {
  await createTopics(env);
  await s3.putFile('in/rows.csv', source);
  const { kafka, names, logger } = connect(env);
  const table = await openCompactedTable({
    ...{ kafka, topic: names.fileProgress, parse: parseFileProgress, logger, onFatal: fail },
  });
  const read = () => sum([...table.entries()].map(([, file]) => file.rows));
  for (let kill = 1; kill <= KILLS; kill += 1) {
    const producer = startScript('producer/main.ts', [], env, PRODUCER_HEAP);
    await pollUntil(() => read() >= (rows * kill) / (KILLS + 1), { everyMs: 5 });
    await producer.kill();
    process.stderr.write(`… killed at ${read()} of ${rows} rows\n`);
  }
  await table.close();
  const last = startScript('producer/main.ts', [], env, PRODUCER_HEAP);
  await pollUntil(() => isEmpty(s3), { everyMs: 100 });
  await last.end();
  return countLost(env, rows);
}

async function readByTwo(env: Env, s3: S3Server): Promise<Lost> {
  await createTopics(env);
  const csv = [...csvParts(ROWS_OF_EACH)].join('');
  const keys = Array.from({ length: OBJECTS }, (_, n) => `in/${n}.csv`);
  await forEachAtOnce(50, keys, (key) => s3.put(key, csv));
  const two = [1, 2].map(() => startScript('producer/main.ts', [], env, PRODUCER_HEAP));
  await pollUntil(() => isEmpty(s3), { everyMs: 100 });
  await Promise.all(two.map((one) => one.end()));
  return countLost(env, OBJECTS * ROWS_OF_EACH);
}

/** Counts the rows in the log by their ids. */
async function countLost(env: Env, rows: number): Promise<Lost> {
  const { kafka, names, logger } = connect(env);
  const seen = new Map<string, Uint8Array>();
  let distinct = 0;
  let repeated = 0;
  const onRecord = ({ headers }: { readonly headers: Readonly<Record<string, unknown>> }) => {
    const id = parseFileRowId(String(headers['webhook-id']));
    if (!id) throw new Error(`no row: ${String(headers['webhook-id'])}`);
    const ofFile = seen.get(id.fileId) ?? new Uint8Array(rows + 1);
    seen.set(id.fileId, ofFile);
    if (ofFile[id.row] === 1) repeated += 1;
    else distinct += 1;
    ofFile[id.row] = 1;
  };
  const topic = names.bulkDeliveries;
  const reader = await readTopic({ kafka, topic, logger, onFatal: fail, onRecord });
  await reader.caughtUp();
  await reader.close();
  return { lost: rows - distinct, repeated };
}

function fail(error: unknown): never {
  throw error;
}
