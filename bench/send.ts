// Accepted requests a second of `POST /send`, beside a bare Hono route that answers 202, in turn,
// from one client with 64 connections. `npm run bench` runs it.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Pool } from 'undici';
import { loadConfig } from '../common/config/config.ts';
import { connectKafka } from '../common/kafka/client/connection.ts';
import { readTopic } from '../common/kafka/consume/follow-topic.ts';
import { createLogger } from '../common/base/logger.ts';
import { topicNames } from '../common/topics/topics.ts';
import { freePort } from '../infra/process/ports.ts';
import { PRODUCER_HEAP } from '../infra/roles.ts';
import { CpuMeter, startScript } from './process.ts';
import { quantile, sum } from './statistics.ts';
import { untilAnswers } from './until-answers.ts';

export interface SendResult {
  /** Accepted a second: the median window. */
  readonly perSecond: number;
  readonly barePerSecond: number;
  /** The median of each window's ratio to the mean of the bare windows around it. */
  readonly ratio: number;
  /** Processor seconds for 100,000 requests; the client's are those of a request to us. */
  readonly cpu: Readonly<Record<'producer' | 'broker' | 'client' | 'bare', number>>;
  readonly accepted: number;
  /** Accepted, and not in the topic. */
  readonly lost: number;
}

const CONNECTIONS = 64;
/**
 * Length of a window, in ms: with one second, a window's rate is also the number of its requests.
 */
const WINDOW_MS = 1_000;
/** Time in which the compiler of a new broker takes more processor time than its work, in ms. */
const WARM_UP_MS = 25_000;
const USERS = 1_000;
const HOST = '127.0.0.1';

export async function measureSend(
  brokers: readonly string[],
  brokerPid: number | null,
  { windows }: { windows: number },
): Promise<SendResult> {
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const port = await freePort(HOST);
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    DATA_DIR: dataDir,
    PORT: String(port),
    MAX_LAG: '1000000000',
    LOG_LEVEL: 'error',
  };
  const bare = startScript('bench/bare-route.ts');
  const producer = startScript('producer/main.ts', [], env, PRODUCER_HEAP);
  const ids = new Set<string>();
  const ours = new Client(`http://${HOST}:${port}`, (id) => ids.add(id));
  const theirs = new Client(await bare.firstLine, () => {});
  try {
    await untilAnswers(`http://${HOST}:${port}/health/ready`);
    await theirs.run(WARM_UP_MS);
    await ours.run(WARM_UP_MS);
    const cpu = new CpuMeter({ producer: producer.pid, broker: brokerPid, client: process.pid });
    const bareCpu = new CpuMeter({ bare: bare.pid });
    const bares = [await bareCpu.during(() => theirs.run(WINDOW_MS))];
    const all: number[] = [];
    for (let n = 0; n < windows; n += 1) {
      all.push(await cpu.during(() => ours.run(WINDOW_MS)));
      bares.push(await bareCpu.during(() => theirs.run(WINDOW_MS)));
    }
    const lost = await countMissing(env, ids);
    const around = all.map((_, n) => ((bares[n] as number) + (bares[n + 1] as number)) / 2);
    const ratios = all.map((perSecond, n) => perSecond / (around[n] as number));
    return {
      perSecond: quantile(all, 0.5),
      barePerSecond: quantile(around, 0.5),
      ratio: quantile(ratios, 0.5),
      cpu: { ...cpu.per100k(sum(all)), ...bareCpu.per100k(sum(bares)) },
      accepted: ids.size,
      lost,
    };
  } finally {
    await Promise.all([ours.close(), theirs.close()]);
    await Promise.all([producer.end(), bare.kill()]);
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/** Keeps 64 requests under way. */
class Client {
  private readonly pool: Pool;
  private readonly onAccepted: (id: string) => void;
  private readonly bodies = Array.from({ length: USERS }, (_, n) =>
    JSON.stringify({
      user_id: `user-${n}`,
      data: { alertMessage: `alert ${n}`, severity: 'high' },
    }),
  );
  private sent = 0;

  constructor(url: string, onAccepted: (id: string) => void) {
    this.pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
    this.onAccepted = onAccepted;
  }

  /** @returns accepted a second */
  async run(durationMs: number): Promise<number> {
    const startedAtMs = performance.now();
    const endsAtMs = startedAtMs + durationMs;
    let accepted = 0;
    const worker = async () => {
      while (performance.now() < endsAtMs) {
        await this.send();
        accepted += 1;
      }
    };
    await Promise.all(Array.from({ length: CONNECTIONS }, worker));
    return Math.round(accepted / ((performance.now() - startedAtMs) / 1_000));
  }

  close(): Promise<void> {
    return this.pool.close();
  }

  private async send(): Promise<void> {
    const body = this.bodies[(this.sent += 1) % USERS] as string;
    const headers = { 'content-type': 'application/json' };
    const answer = await this.pool.request({ path: '/send', method: 'POST', headers, body });
    const text = await answer.body.text();
    if (answer.statusCode !== 202) throw new Error(`${answer.statusCode}: ${text}`);
    this.onAccepted((JSON.parse(text) as { id: string }).id);
  }
}

async function countMissing(env: Record<string, string>, ids: ReadonlySet<string>) {
  const config = loadConfig(env);
  const logger = createLogger('bench', 'silent');
  const kafka = connectKafka(config, logger, 'bench-send');
  const missing = new Set(ids);
  const reader = await readTopic({
    kafka,
    logger,
    topic: topicNames(config.TOPIC_PREFIX).deliveries,
    onRecord: ({ headers }) => missing.delete(String(headers['webhook-id'])),
    onFatal: (error) => {
      throw error;
    },
  });
  await reader.caughtUp();
  await reader.close();
  return missing.size;
}
