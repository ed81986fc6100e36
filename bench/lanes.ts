// `POST /send` to the receiver while the rows of a large file wait, beside the same with no file;
// and the file's speed meanwhile, beside its speed alone, in turn. `npm run bench` runs it.
import { randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'undici';
import { freePort } from '../infra/process/ports.ts';
import { PRODUCER_HEAP } from '../infra/roles.ts';
import { CONSUMER_HEAP } from '../infra/roles.ts';
import { fillTopic } from './fill-topic.ts';
import { startScript } from './process.ts';
import { untilAnswers } from './until-answers.ts';
import { quantile } from './statistics.ts';
import { fetchStats } from './windows.ts';

export interface LanesRun {
  /** Rows of the file that wait. */
  readonly rows: number;
  readonly sendsPerSecond: number;
}

export interface LanesResult {
  /** Time from the request to the receiver's, in ms, with no file. */
  readonly idle: Quantiles;
  /** Time from the request to the receiver's, in ms, while rows of the file wait. */
  readonly besideFile: Quantiles;
  /** Rows delivered a second with `POST /send` beside them, and alone: the median windows. */
  readonly rowsPerSecond: number;
  readonly rowsAlonePerSecond: number;
  /** The median of each window's ratio to the mean of the windows around it, without `/send`. */
  readonly fileRatio: number;
  /** Rows that waited at the end of the last window. */
  readonly rowsLeft: number;
  /** Sends that were accepted and did not arrive. */
  readonly lost: number;
}

interface Quantiles {
  readonly p50Ms: number;
  readonly p95Ms: number;
}

const HOST = '127.0.0.1';
const CONNECTIONS = 64;
const IDLE_MS = 15_000;
const WARM_UP_MS = 15_000;
const WINDOW_MS = 2_000;
/** Number of windows in which the start of a file still spends time in the compiler. */
const WARM_UP_WINDOWS = 2;
/** So many rows are left when the last window begins that it does not run out of them. */
const ROWS_KEPT = 100_000;
const ARRIVES_WITHIN_MS = 30_000;
const USERS = 1_000;

const nowMs = () => performance.timeOrigin + performance.now();

export async function measureLanes(
  brokers: readonly string[],
  { rows, sendsPerSecond }: LanesRun,
): Promise<LanesResult> {
  const target = startScript('bench/target.ts');
  const receiverUrl = await target.firstLine;
  const dataDir = mkdtempSync(join(tmpdir(), 'hookline-bench-'));
  const port = await freePort(HOST);
  const env = {
    KAFKA_BROKERS: brokers.join(','),
    TOPIC_PREFIX: `bench-${randomBytes(4).toString('hex')}`,
    WEBHOOK_URL: `${receiverUrl}/webhook`,
    CONCURRENCY: String(CONNECTIONS),
    DATA_DIR: dataDir,
    PORT: String(port),
    LOG_LEVEL: 'error',
    WEBHOOK_SECRET: '',
  };
  await fillTopic(env, 0);
  const producer = startScript('producer/main.ts', [], env, PRODUCER_HEAP);
  const consumer = startScript('consumer/main.ts', [], env, CONSUMER_HEAP);
  const client = new Client(`http://${HOST}:${port}`, sendsPerSecond);
  try {
    await untilAnswers(`http://${HOST}:${port}/health/ready`);
    await client.run(WARM_UP_MS);
    const idle = await client.run(IDLE_MS);
    await fillTopic(env, rows, { lane: 'bulk' });
    const delivered = async () => (await fetchStats(receiverUrl)).distinct - client.accepted;
    const measure = async (work: () => Promise<unknown>) => {
      const [before, startedAtMs] = [await delivered(), nowMs()];
      await work();
      const seconds = (nowMs() - startedAtMs) / 1_000;
      return ((await delivered()) - before) / seconds;
    };
    const rest = () => measure(() => sleep(WINDOW_MS));
    const alone = [await rest()];
    const together: number[] = [];
    const besideFile: Sent[] = [];
    while (rows - (await delivered()) > ROWS_KEPT) {
      together.push(
        await measure(async () => {
          const sent = await client.run(WINDOW_MS);
          if (together.length >= WARM_UP_WINDOWS) besideFile.push(...sent);
        }),
      );
      alone.push(await rest());
    }
    const rowsLeft = rows - (await delivered());
    const arrivals = await untilArrived(receiverUrl, [...idle, ...besideFile]);
    return {
      idle: latency(idle, arrivals),
      besideFile: latency(besideFile, arrivals),
      ...speeds(together, alone),
      rowsLeft,
      lost: [...idle, ...besideFile].filter(({ id }) => arrivals[id] === undefined).length,
    };
  } finally {
    await client.close();
    await Promise.all([producer.end(), consumer.kill()]);
    await target.end();
    rmSync(dataDir, { recursive: true, force: true });
  }
}

/**
 * Computes the speeds of the file with and without `POST /send`, in rows a second, from its
 * windows.
 */
function speeds(together: readonly number[], alone: readonly number[]) {
  const around = together.map((_, n) => ((alone[n] as number) + (alone[n + 1] as number)) / 2);
  const ratios = together.map((perSecond, n) => perSecond / (around[n] as number));
  const median = (values: readonly number[]) => quantile(values.slice(WARM_UP_WINDOWS), 0.5);
  return {
    rowsPerSecond: Math.round(median(together)),
    rowsAlonePerSecond: Math.round(median(around)),
    fileRatio: median(ratios),
  };
}

interface Sent {
  readonly id: string;
  readonly atMs: number;
}

/** Sends at a steady rate, whatever the answers take. */
class Client {
  accepted = 0;
  private readonly pool: Pool;
  private readonly perSecond: number;

  constructor(url: string, perSecond: number) {
    this.pool = new Pool(url, { connections: CONNECTIONS, pipelining: 1 });
    this.perSecond = perSecond;
  }

  /** @returns what was accepted, and when its request was made */
  async run(durationMs: number): Promise<Sent[]> {
    const startedAtMs = performance.now();
    const count = Math.round((durationMs * this.perSecond) / 1_000);
    const answers: Promise<Sent>[] = [];
    for (let n = 0; n < count; n += 1) {
      const dueMs = startedAtMs + (n * 1_000) / this.perSecond;
      await sleep(Math.max(0, dueMs - performance.now()));
      answers.push(this.send(n));
    }
    return Promise.all(answers);
  }

  async close(): Promise<void> {
    await this.pool.close();
  }

  private async send(n: number): Promise<Sent> {
    const atMs = nowMs();
    const { statusCode, body } = await this.pool.request({
      path: '/send',
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ user_id: `user-${n % USERS}`, data: { alertMessage: `alert ${n}` } }),
    });
    const answer = (await body.json()) as { id: string };
    if (statusCode !== 202) throw new Error(`${statusCode}: ${JSON.stringify(answer)}`);
    this.accepted += 1;
    return { id: answer.id, atMs };
  }
}

type Arrivals = Readonly<Record<string, number>>;

async function untilArrived(receiverUrl: string, sent: readonly Sent[]): Promise<Arrivals> {
  const deadlineMs = Date.now() + ARRIVES_WITHIN_MS;
  for (;;) {
    const answer = await fetch(new URL('/arrivals', receiverUrl));
    const arrivals = (await answer.json()) as Arrivals;
    const isThere = sent.every(({ id }) => arrivals[id] !== undefined);
    if (isThere || Date.now() > deadlineMs) return arrivals;
    await sleep(500);
  }
}

function latency(sent: readonly Sent[], arrivals: Arrivals): Quantiles {
  const values = sent.map(({ id, atMs }) => (arrivals[id] ?? Infinity) - atMs);
  return { p50Ms: quantile(values, 0.5), p95Ms: quantile(values, 0.95) };
}
