// Rows a second from a file to acknowledged Kafka, beside a bare transactional kafkajs loop of the
// same rows, in the same run, and the most memory that the producer took. `npm run bench` runs it.
import { copyFileSync, existsSync, mkdtempSync, renameSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
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
    const { perSecond, ...used } = await ingest(env, { source, rows });
    const barePerSecond = (before + (await bare())) / 2;
    const ratio = perSecond / barePerSecond;
    return { perSecond, barePerSecond: Math.round(barePerSecond), ratio, ...used };
  } finally {
    rmSync(dataDir, { recursive: true, force: true });
  }
}

type Env = Readonly<Record<'KAFKA_BROKERS' | 'TOPIC_PREFIX' | 'DATA_DIR', string>>;

function connect(env: Env) {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'warn');
  const kafka = connectKafka(config, logger, 'hookline-bench');
  return { config, logger, kafka, names: topicNames(config.TOPIC_PREFIX) };
}

async function createTopics(env: Env): Promise<void> {
  const { config, logger, kafka } = connect(env);
  await ensureTopics(kafka, topicTable(config), 1, logger);
}

async function bareLoop(env: Env, source: string): Promise<number> {
  const topic = topicNames(env.TOPIC_PREFIX).deliveries;
  const loop = startScript('bench/bare-transactions.ts', [env.KAFKA_BROKERS, topic, source]);
  return Number(await loop.firstLine);
}

async function ingest(
  env: Env,
  { source, rows }: { readonly source: string; readonly rows: number },
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
  const inbox = join(env.DATA_DIR, 'inbox', 'rows.csv');
  copyFileSync(source, `${inbox}.part`);
  renameSync(`${inbox}.part`, inbox);
  const deadline = Date.now() + TIMEOUT_MS;
  while (!existsSync(join(env.DATA_DIR, 'done', 'rows.csv'))) {
    if (Date.now() > deadline) throw new Error('the file is not done in time');
    await sleep(5);
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
