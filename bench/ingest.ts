// Rows a second from a file to acknowledged Kafka, beside a bare transactional kafkajs loop of the
// same rows, in the same run, and the most memory that the producer took. `npm run bench` runs it.
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pollUntil } from '../common/base/retry.ts';
import { loadConfig } from '../common/config/config.ts';
import { parseFileProgress } from '../common/model/file-progress.ts';
import { openCompactedTable } from '../common/kafka/consume/compacted-table.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { ensureTopics } from '../common/kafka/admin/topic-admin.ts';
import { createLogger } from '../common/base/logger.ts';
import { topicNames, topicTable } from '../common/topics/topics.ts';
import { PRODUCER_HEAP } from '../infra/roles.ts';
import { generateFile } from '../infra/tools/generate-file.ts';
import { cpuSeconds, peakMemoryMiB, startScript } from './process.ts';
import { producerEnv } from './producer-env.ts';

export interface IngestResult {
  readonly perSecond: number;
  readonly barePerSecond: number;
  readonly ratio: number;
  /** Processor seconds for 100,000 rows. */
  readonly producerCpu: number;
  /** Largest memory of the producer process, in MiB. */
  readonly peakMiB: number;
}

const USERS = 5_000;
const TIMEOUT_MS = 600_000;

/** Measures one file; the bare loop runs before and after, and the mean is the yardstick. */
export async function measureIngest(
  brokers: readonly string[],
  { rows }: { readonly rows: number },
): Promise<IngestResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const env = producerEnv(brokers, dataDir);
  try {
    await createTopics(env);
    const source = join(dataDir, 'rows.csv');
    await generateFile({ target: { kind: 'rows', rows }, out: source, users: USERS, seed: 1 });
    const bare = () => bareLoop(env, source);
    const before = await bare();
    const { perSecond, ...used } = await ingest(env, { rows, ...fromFolder(env, source) });
    const barePerSecond = (before + (await bare())) / 2;
    const ratio = perSecond / barePerSecond;
    return { perSecond, barePerSecond: Math.round(barePerSecond), ratio, ...used };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

export type Env = Readonly<Record<'KAFKA_BROKERS' | 'TOPIC_PREFIX' | 'DATA_DIR', string>>;

/** Connects to the topics of one measurement. */
export function connect(env: Env) {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'warn');
  const kafka = connectKafka(config, logger, 'hookline-bench');
  return { config, logger, kafka, names: topicNames(config.TOPIC_PREFIX) };
}

/** Makes the topics of one measurement. */
export async function createTopics(env: Env): Promise<void> {
  const { config, logger, kafka } = connect(env);
  await ensureTopics(kafka, topicTable(config), 1, logger);
}

async function bareLoop(env: Env, source: string): Promise<number> {
  const topic = topicNames(env.TOPIC_PREFIX).deliveries;
  const loop = startScript('bench/bare-transactions.ts', [env.KAFKA_BROKERS, topic, source]);
  return Number(await loop.firstLine);
}

interface Given {
  readonly rows: number;
  /** Gives the producer the file. */
  readonly put: () => Promise<void> | void;
  readonly isDone: () => Promise<boolean> | boolean;
}

/** A file by the folder. */
export function fromFolder({ DATA_DIR }: Env, source: string): Pick<Given, 'put' | 'isDone'> {
  return {
    put: () => {
      const inbox = join(DATA_DIR, 'inbox', 'rows.csv');
      copyFileSync(source, `${inbox}.part`);
      renameSync(`${inbox}.part`, inbox);
    },
    isDone: () => existsSync(join(DATA_DIR, 'done', 'rows.csv')),
  };
}

/** Measures the way of one file from its first byte until it is moved away. */
export async function ingest(
  env: Env,
  { rows, put, isDone }: Given,
): Promise<Pick<IngestResult, 'perSecond' | 'producerCpu' | 'peakMiB'>> {
  const producer = startScript('producer/main.ts', [], env, PRODUCER_HEAP);
  await producer.firstLine;
  const { kafka, names, logger } = connect(env);
  const table = await openCompactedTable({
    kafka,
    topic: names.fileProgress,
    parse: parseFileProgress,
    logger,
    onFatal: (error) => {
      throw error;
    },
  });
  const cpuBefore = cpuSeconds(producer.pid);
  await put();
  const deadlineMs = Date.now() + TIMEOUT_MS;
  if (!(await pollUntil(isDone, { everyMs: 5, deadlineMs }))) {
    throw new Error('the file is not done in time');
  }
  const endedAtMs = Date.now();
  const producerCpu = ((cpuSeconds(producer.pid) - cpuBefore) / rows) * 100_000;
  await table.caughtUp();
  const [progress] = [...table.entries()].map(([, value]) => value);
  const seconds = (endedAtMs - Date.parse(progress?.startedAt ?? '')) / 1_000;
  const peakMiB = peakMemoryMiB(producer.pid);
  await table.close();
  await producer.end();
  return { perSecond: Math.round(rows / seconds), producerCpu, peakMiB };
}
